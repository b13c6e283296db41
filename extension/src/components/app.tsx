import { addIcon, ellipsesIcon, historyIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import { IconButton } from './button';
import { ChecksView } from './checks';
import { Composer } from './composer';
import { useChanges, usePanel } from './context';
import { Guide } from './guide';
import { History } from './history';
import { Runs } from './runs';
import { Transcript } from './transcript';

/** The whole panel. */
export function App(): JSX.Element {
  const { model, actions } = usePanel();
  useChanges(model.changed);
  useChanges(model.setup.changed);
  const { conversation, view } = model;
  const isBegun = conversation.turns.length > 0;
  return (
    <div
      className="jp-LocalAI-app"
      onKeyDown={event => {
        if (event.key === 'Escape' && !event.nativeEvent.isComposing) {
          event.preventDefault();
          if (conversation.isBusy) {
            model.stop();
          } else if (view !== 'conversation') {
            model.showView('conversation');
          } else {
            actions.leave();
          }
        }
      }}
    >
      <Head />
      {view === 'conversations' ? (
        <History />
      ) : view === 'checks' ? (
        <ChecksView />
      ) : isBegun ? (
        <Transcript
          key={conversation.turns[0].key}
          conversation={conversation}
        />
      ) : (
        <Guide />
      )}
      <Runs withDownload={isBegun || view !== 'conversation'} />
      <Composer />
      <div className="jp-LocalAI-live" role="status" aria-live="polite">
        {model.announcement}
      </div>
    </div>
  );
}

function Head(): JSX.Element {
  const { model, trans, actions } = usePanel();
  const isListShown = model.view === 'conversations';
  const title = isListShown
    ? trans.__('Conversations')
    : model.view === 'checks'
      ? trans.__('Privacy and setup')
      : model.conversation.title || trans.__('New conversation');
  return (
    <header className="jp-LocalAI-head">
      <h2 title={title}>{title}</h2>
      <IconButton
        icon={addIcon}
        label={trans.__('New conversation')}
        onClick={() => model.conversations.startNew()}
      />
      <IconButton
        icon={historyIcon}
        label={trans.__('Conversations')}
        pressed={isListShown}
        onClick={() =>
          model.showView(isListShown ? 'conversation' : 'conversations')
        }
      />
      <IconButton
        icon={ellipsesIcon}
        label={trans.__('More')}
        hasMenu
        onClick={event => actions.openMenu(event.currentTarget)}
      />
    </header>
  );
}
