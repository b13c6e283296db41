import { editIcon, refreshIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import type { ITurn } from '../model/conversation';
import { IconButton } from './button';
import { useChanges, usePanel } from './context';
import { notUsefulIcon, usefulIcon } from './icons';

/** Buttons below an answer of the panel: answer again, perhaps by another chat model, and whether it was useful. */
export function TurnActions({ turn }: { turn: ITurn }): JSX.Element {
  const { model, trans, actions } = usePanel();
  useChanges(model.changed); // a turn is drawn again only when it changes itself
  const { conversation } = model;
  const { useful } = turn.answer!;
  const rate = (value: boolean): void => {
    void actions.notifyOnError(() =>
      conversation.rate(turn, useful === value ? null : value)
    );
  };
  return (
    <>
      <IconButton
        icon={refreshIcon}
        label={trans.__('Answer again…')}
        hasMenu
        disabled={conversation.isBusy}
        onClick={event =>
          actions.openAgain(
            event.currentTarget,
            conversation.turns.indexOf(turn)
          )
        }
      />
      {conversation.id !== undefined && turn.answer!.mode !== 'none' && (
        <>
          <IconButton
            icon={usefulIcon}
            label={trans.__('Useful (stays on this machine)')}
            pressed={useful === true}
            onClick={() => rate(true)}
          />
          <IconButton
            icon={notUsefulIcon}
            label={trans.__('Not useful (stays on this machine)')}
            pressed={useful === false}
            onClick={() => rate(false)}
          />
        </>
      )}
    </>
  );
}

/** A question, and a button that puts it into the field to be changed. */
export function Question({ turn }: { turn: ITurn }): JSX.Element {
  const { model, trans } = usePanel();
  useChanges(model.changed);
  const { conversation, revision } = model;
  const place = conversation.turns.indexOf(turn);
  return (
    <div className="jp-LocalAI-asked">
      {!turn.documents && !conversation.isBusy && (
        <IconButton
          className="jp-LocalAI-quiet"
          icon={editIcon}
          label={trans.__('Edit and send again')}
          pressed={revision.place === place ? true : undefined}
          onClick={() => model.revise(place)}
        />
      )}
      <h3 className="jp-LocalAI-question">{turn.question}</h3>
    </div>
  );
}

/** What happens to the questions after one that is being changed. */
export function RevisionNote(): JSX.Element | null {
  const { model, trans } = usePanel();
  const { place } = model.revision;
  if (place === null) {
    return null;
  }
  const later = model.conversation.turns.length - place - 1;
  return (
    <div className="jp-LocalAI-chip jp-LocalAI-revision" role="status">
      <span className="jp-LocalAI-chipText">
        <span>{trans.__('Editing a question')}</span>
        <span className="jp-LocalAI-note">
          {later
            ? trans._n(
                'Its answer and the %1 question after it go.',
                'Its answer and the %1 questions after it go.',
                later
              )
            : trans.__('The new answer takes the place of the old one.')}
        </span>
      </span>
      <button
        type="button"
        className="jp-LocalAI-linkButton"
        onClick={() => model.cancelRevision()}
      >
        {trans.__('Cancel')}
      </button>
    </div>
  );
}
