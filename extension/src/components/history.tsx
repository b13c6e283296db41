import { Time } from '@jupyterlab/coreutils';
import { deleteIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import { IconButton } from './button';
import { usePanel } from './context';
import { Problem } from './problem';

/** The conversations that the server remembers: to open and to delete. */
export function History(): JSX.Element {
  const { model, trans, actions } = usePanel();
  const { conversations, conversationsError } = model;
  const count = conversations?.length ?? 0;
  const before = React.useRef(count);
  const view = React.useRef<HTMLDivElement>(null);
  React.useEffect(() => {
    if (count < before.current) {
      // the button that had the focus is gone
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
      {conversationsError && (
        <Problem
          error={conversationsError}
          action={trans.__('Try again')}
          onAction={() => void model.listConversations()}
        />
      )}
      {conversations?.length === 0 && (
        <p className="jp-LocalAI-note">
          {trans.__('There are no conversations yet.')}
        </p>
      )}
      <ul>
        {conversations?.map(talk => (
          <li key={talk.id}>
            <button
              type="button"
              className="jp-LocalAI-talk"
              title={talk.title}
              aria-current={talk.id === model.conversation.id}
              onClick={() => void model.open(talk.id)}
            >
              <span className="jp-LocalAI-talkTitle">{talk.title}</span>
              <span className="jp-LocalAI-talkFacts">
                {Time.formatHuman(new Date(talk.changed))} · {talk.collection} ·{' '}
                {trans._n('%1 question', '%1 questions', talk.turns)}
              </span>
            </button>
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
