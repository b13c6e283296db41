import {
  addIcon,
  ellipsesIcon,
  historyIcon,
  listIcon
} from '@jupyterlab/ui-components';
import * as React from 'react';

import type { View } from '../model/panel';
import { IconButton } from './button';
import { Composer } from './composer';
import { useChanges, usePanel } from './context';
import { Guide } from './guide';
import { Runs } from './runs';
import { Transcript } from './transcript';
import { ChecksView, Documents, History, SettingsView } from './views';

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
      ) : view === 'documents' ? (
        <Documents />
      ) : view === 'checks' ? (
        <ChecksView />
      ) : view === 'settings' ? (
        <SettingsView />
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
  const { view } = model;
  const title =
    view === 'conversations'
      ? trans.__('Conversations')
      : view === 'documents'
        ? trans.__('Documents')
        : view === 'checks'
          ? trans.__('Privacy and setup')
          : view === 'settings'
            ? trans.__('Settings')
            : model.conversation.title || trans.__('New conversation');
  const toggle = (other: View): void =>
    model.showView(view === other ? 'conversation' : other);
  return (
    <div className="jp-LocalAI-head">
      <h2 title={title}>{title}</h2>
      <IconButton
        icon={addIcon}
        label={trans.__('New conversation')}
        onClick={() => model.conversations.startNew()}
      />
      <IconButton
        icon={historyIcon}
        label={trans.__('Conversations')}
        pressed={view === 'conversations'}
        onClick={() => toggle('conversations')}
      />
      <IconButton
        icon={listIcon}
        label={trans.__('Documents')}
        pressed={view === 'documents'}
        onClick={() => toggle('documents')}
      />
      <IconButton
        icon={ellipsesIcon}
        label={trans.__('More')}
        hasMenu
        onClick={event => actions.openMenu(event.currentTarget)}
      />
    </div>
  );
}
