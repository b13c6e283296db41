import { HTMLSelect, stopIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import { attachedOf } from '../text/attachedTo';
import { sendIcon } from './icons';
import { RevisionNote } from './again';
import { Attachments } from './attachments';
import { IconButton, LinkButton } from './button';
import { usePanel } from './context';
import { MentionList, useMentionAttributes } from './mentions';
import { authorOf } from './turn';

/** The CSS class by which the panel finds the question's field. */
export const FIELD = 'jp-LocalAI-field';

/** The question's field, the choice of collection and chat model, and a line about who answers. */
export function Composer(): JSX.Element {
  const { model, trans } = usePanel();
  const count = model.setup.status?.collections.find(
    ({ name }) => name === model.collection
  )?.documents;
  return (
    <div className="jp-LocalAI-composer">
      <RevisionNote />
      <Attachments />
      <Field />
      <div className="jp-LocalAI-choices">
        <label>
          <span>
            {count === undefined
              ? trans.__('Documents')
              : trans.__('Documents (%1)', count)}
          </span>
          <CollectionChoice />
        </label>
        <label>
          <span>{trans.__('Model')}</span>
          <ModelChoice />
        </label>
      </div>
      <StateLine />
    </div>
  );
}

function Field(): JSX.Element {
  const { model, trans } = usePanel();
  const field = React.useRef<HTMLTextAreaElement>(null);
  const caret = React.useRef<number | null>(null);
  const { isBusy } = model.conversation;
  const { mentions } = model;
  const attributes = useMentionAttributes();
  const take = (position: number): void => {
    const { value, selectionStart } = field.current!;
    const before = mentions.take(value.slice(0, selectionStart), position);
    caret.current = before.length;
    model.setDraft(before + value.slice(selectionStart));
  };
  React.useLayoutEffect(() => {
    const { style } = field.current!;
    style.height = 'auto';
    style.height = `${field.current!.scrollHeight + 2}px`;
    if (caret.current !== null) {
      field.current!.setSelectionRange(caret.current, caret.current);
      caret.current = null;
    }
  }, [model.draft]);
  const hint = model.attachments.text
    ? trans.__('Ask about it…')
    : model.conversation.turns.length > 0
      ? trans.__('Ask a follow-up…')
      : trans.__('Ask your documents…');
  return (
    <div className="jp-LocalAI-input">
      <textarea
        ref={field}
        className={FIELD}
        rows={2}
        value={model.draft}
        placeholder={hint}
        aria-label={trans.__('Question')}
        spellCheck
        {...attributes}
        onChange={({ target }) => {
          model.setDraft(target.value);
          void mentions.look(
            target.value.slice(0, target.selectionStart),
            model.collection
          );
        }}
        onFocus={() => model.preload()}
        onBlur={() => mentions.close()}
        onKeyDown={event => {
          if (mentions.names.length && !event.nativeEvent.isComposing) {
            const act = {
              ArrowDown: () => mentions.move(1),
              ArrowUp: () => mentions.move(-1),
              Enter: () => take(mentions.active),
              Tab: () => take(mentions.active),
              Escape: () => mentions.close()
            }[event.key];
            if (act && !event.shiftKey) {
              event.preventDefault();
              event.stopPropagation();
              act();
              return;
            }
          }
          if (event.key === 'ArrowUp' && !event.shiftKey && model.recall()) {
            event.preventDefault();
            return;
          }
          if (event.key === 'Escape' && model.revision.place !== null) {
            event.preventDefault();
            event.stopPropagation();
            model.cancelRevision();
            return;
          }
          if (
            event.key === 'Enter' &&
            !event.shiftKey &&
            !event.nativeEvent.isComposing
          ) {
            event.preventDefault();
            void model.askDraft();
          }
        }}
      />
      <MentionList onTake={take} />
      {isBusy ? (
        <IconButton
          className="jp-LocalAI-send"
          icon={stopIcon}
          label={trans.__('Stop (Esc)')}
          onClick={() => {
            model.stop();
            field.current!.focus();
          }}
        />
      ) : (
        <IconButton
          className="jp-LocalAI-send"
          icon={sendIcon}
          label={trans.__('Ask (Enter)')}
          disabled={!model.draft.trim()}
          onClick={() => {
            void model.askDraft();
            field.current!.focus();
          }}
        />
      )}
    </div>
  );
}

const NEW = 'new';
const SEVERAL = 'several';
const ASKED = 'asked';
const NAMED = 'named:';

function CollectionChoice(): JSX.Element {
  const { model, trans, actions } = usePanel();
  const { asked, collections } = model;
  const several = asked.join(', ');
  return (
    <HTMLSelect
      aria-label={trans.__('Documents of the collection')}
      title={
        asked.length > 1
          ? trans.__('Collections: %1', several)
          : trans.__('Collection')
      }
      value={asked.length > 1 ? ASKED : NAMED + model.collection}
      options={[
        ...(asked.length > 1 ? [{ value: ASKED, label: several }] : []),
        ...collections.map(name => {
          const shared = model.setup.sharedOf(name);
          const label = shared
            ? `${name} (${attachedOf(shared, trans)})`
            : name;
          return { value: NAMED + name, label };
        }),
        ...(collections.length > 1
          ? [{ value: SEVERAL, label: trans.__('Several collections…') }]
          : []),
        { value: NEW, label: trans.__('New collection…') }
      ]}
      onChange={({ target: { value } }) => {
        if (value === NEW) {
          void actions.nameCollection();
        } else if (value === SEVERAL) {
          void actions.chooseSeveral();
        } else {
          model.chooseCollection(value.slice(NAMED.length));
        }
      }}
    />
  );
}

const AUTOMATIC = 'automatic';
const ANOTHER = 'another';
const NONE = 'none';

function ModelChoice(): JSX.Element {
  const { model, trans, actions } = usePanel();
  const { chatModel, isExtractive } = model;
  const known = model.setup.chatModels.map(({ name, fits }) => ({
    value: NAMED + name,
    label: fits ? name : trans.__('%1 (too large for this machine)', name)
  }));
  const chosen = { value: NAMED + chatModel, label: chatModel };
  const isUnknown =
    chatModel && !known.some(({ value }) => value === chosen.value);
  return (
    <HTMLSelect
      aria-label={trans.__('Model: the chat model that answers')}
      title={trans.__('Chat model')}
      value={isExtractive ? NONE : chatModel ? NAMED + chatModel : AUTOMATIC}
      options={[
        { value: AUTOMATIC, label: trans.__('Automatic') },
        ...known,
        ...(isUnknown ? [chosen] : []),
        { value: NONE, label: trans.__('None (extractive)') },
        ...(model.setup.models
          ? [{ value: ANOTHER, label: trans.__('Download another…') }]
          : [])
      ]}
      onChange={({ target: { value } }) =>
        value === ANOTHER
          ? void actions.downloadModel()
          : model.chooseModel(
              value === NONE
                ? null
                : value === AUTOMATIC
                  ? ''
                  : value.slice(NAMED.length)
            )
      }
    />
  );
}

/** Who answers, where the question goes, and how full the context was. */
function StateLine(): JSX.Element {
  const { model, trans } = usePanel();
  const { setup, chatModel, isExtractive, conversation } = model;
  const last = [...conversation.turns].reverse().find(turn => turn.answer);
  const { prompt_tokens, context_tokens } = last?.answer ?? {};
  const { chatModels } = setup;
  const isKnown = setup.models || setup.modelsError;
  const extractive = isExtractive || (isKnown && chatModels.length === 0);
  const who = extractive
    ? trans.__('Extractive')
    : chatModel ||
      (last?.answer?.mode === 'llm'
        ? authorOf(last.answer, trans)
        : chatModels.length === 1
          ? chatModels[0].name
          : trans.__('Chat model'));
  const vectorTo = setup.vectorTo(model.asked);
  const where = [
    setup.elsewhere && trans.__('Chat model at %1', setup.elsewhere),
    vectorTo && trans.__('Question’s vector to %1', vectorTo)
  ].filter(Boolean);
  return (
    <div className="jp-LocalAI-state">
      <span title={trans.__('Who answers')}>{who}</span>
      <span>
        <LinkButton
          hint={trans.__(
            'Your documents, questions and answers go only to the engine and to the chat model’s server. Check it now'
          )}
          onClick={() => model.showView('checks')}
        >
          {where.join(' · ') || trans.__('This machine only')}
        </LinkButton>
      </span>
      {prompt_tokens && context_tokens && !extractive ? (
        <span
          title={trans.__(
            'The last answer used %1 of %2 tokens of the chat model’s context',
            prompt_tokens,
            context_tokens
          )}
        >
          {trans.__(
            'Context %1%',
            Math.round((100 * prompt_tokens) / context_tokens)
          )}
        </span>
      ) : null}
    </div>
  );
}
