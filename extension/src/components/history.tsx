import { Time } from '@jupyterlab/coreutils';
import { deleteIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import { IconButton } from './button';
import { usePanel } from './context';
import { Problem } from './problem';

/** The list of conversations, to open and delete: unanswered ones and those that the server stores. */
export function History(): JSX.Element {
  const { model, trans, actions } = usePanel();
  const { conversations } = model;
  const { stored, unanswered, error } = conversations;
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
      <ul>
        {unanswered.map(talk => (
          <li key={talk.turns[0].key}>
            <Talk
              title={talk.title}
              facts={
                talk.isBusy ? trans.__('Answering…') : trans.__('No answer yet')
              }
              isCurrent={talk === conversations.current}
              onClick={() => conversations.show(talk)}
            />
          </li>
        ))}
        {stored?.map(talk => (
          <li key={talk.id}>
            <Talk
              title={talk.title}
              facts={[
                Time.formatHuman(new Date(talk.changed)),
                talk.collection,
                trans._n('%1 question', '%1 questions', talk.turns)
              ].join(' · ')}
              isCurrent={talk.id === conversations.current.id}
              onClick={() => void conversations.open(talk.id)}
            />
            <IconButton
              icon={deleteIcon}
              label={trans.__('Delete “%1”', talk.title)}
              onClick={() => void actions.deleteConversation(talk)}
            />
          </li>
        ))}
      </ul>
    </div>
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
