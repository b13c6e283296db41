import { Time } from '@jupyterlab/coreutils';
import { deleteIcon, editIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import type { IConversation } from '../net/wire';
import { groupsOf } from '../text/dates';
import { IconButton } from './button';
import { usePanel } from './context';
import { pinIcon } from './icons';
import { Problem } from './problem';

/** From so many conversations on they can be searched. */
const MANY = 6;

/** The list of conversations by date, to open and change: unanswered ones and those that the server stores. */
export function History(): JSX.Element {
  const { model, trans } = usePanel();
  const { conversations } = model;
  const { stored, unanswered, error } = conversations;
  const [wanted, setWanted] = React.useState('');
  const count = stored?.length ?? 0;
  const before = React.useRef(count);
  const view = React.useRef<HTMLDivElement>(null);
  React.useEffect(() => {
    if (count < before.current) {
      // the focused button is gone
      view.current!.focus();
    }
    before.current = count;
  }, [count]);
  const groups = groupsOf(stored ?? [], wanted, new Date(), trans);
  return (
    <div
      ref={view}
      tabIndex={-1}
      className="jp-LocalAI-history"
      role="region"
      aria-label={trans.__('Conversations')}
    >
      {error && (
        <Problem
          error={error}
          action={trans.__('Try again')}
          onAction={() => void conversations.refresh()}
        />
      )}
      {stored?.length === 0 && unanswered.length === 0 && (
        <p className="jp-LocalAI-note">
          {trans.__('There are no conversations yet.')}
        </p>
      )}
      {(count >= MANY || wanted) && (
        <div className="jp-LocalAI-filter">
          <input
            type="search"
            className="jp-mod-styled"
            placeholder={trans.__('Search titles and collections')}
            aria-label={trans.__('Search titles and collections')}
            value={wanted}
            onChange={event => setWanted(event.target.value)}
          />
        </div>
      )}
      {unanswered.length > 0 && (
        <ul aria-label={trans.__('Without an answer')}>
          {unanswered.map(talk => (
            <li key={talk.turns[0].key}>
              <Talk
                title={talk.title}
                facts={
                  talk.isBusy
                    ? trans.__('Answering…')
                    : trans.__('No answer yet')
                }
                isCurrent={talk === conversations.current}
                onClick={() => conversations.show(talk)}
              />
            </li>
          ))}
        </ul>
      )}
      {wanted && (
        <p className="jp-LocalAI-note" role="status">
          {groups.length
            ? trans._n(
                '%1 conversation found',
                '%1 conversations found',
                groups.reduce((sum, { talks }) => sum + talks.length, 0)
              )
            : trans.__('No conversation has these words in its title.')}
        </p>
      )}
      {groups.map(({ name, talks }) => (
        <section key={name} aria-label={name}>
          <h3 className="jp-LocalAI-group">{name}</h3>
          <ul>
            {talks.map(talk => (
              <Stored key={talk.id} talk={talk} />
            ))}
          </ul>
        </section>
      ))}
    </div>
  );
}

function Stored({ talk }: { talk: IConversation }): JSX.Element {
  const { model, trans, actions } = usePanel();
  const { conversations } = model;
  const { id, title, pinned = false } = talk;
  return (
    <li>
      <Talk
        title={title}
        facts={[
          Time.formatHuman(new Date(talk.changed)),
          talk.collection,
          trans._n('%1 question', '%1 questions', talk.turns)
        ].join(' · ')}
        isCurrent={id === conversations.current.id}
        onClick={() => void conversations.open(id)}
      />
      <IconButton
        className={pinned ? '' : 'jp-LocalAI-quiet'}
        icon={pinIcon}
        label={trans.__('Pin “%1”', title)}
        pressed={pinned}
        onClick={() => void conversations.change(id, { pinned: !pinned })}
      />
      <IconButton
        className="jp-LocalAI-quiet"
        icon={editIcon}
        label={trans.__('Rename “%1”', title)}
        onClick={() => void actions.renameConversation(talk)}
      />
      <IconButton
        className="jp-LocalAI-quiet"
        icon={deleteIcon}
        label={trans.__('Delete “%1”', title)}
        onClick={() => void actions.deleteConversation(talk)}
      />
    </li>
  );
}

function Talk(props: {
  title: string;
  facts: string;
  isCurrent: boolean;
  onClick: () => void;
}): JSX.Element {
  return (
    <button
      type="button"
      className="jp-LocalAI-talk"
      title={props.title}
      aria-current={props.isCurrent}
      onClick={props.onClick}
    >
      <span className="jp-LocalAI-talkTitle">{props.title}</span>
      <span className="jp-LocalAI-talkFacts">{props.facts}</span>
    </button>
  );
}
