import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { Clipboard, ICommandPalette } from '@jupyterlab/apputils';
import { IDefaultFileBrowser } from '@jupyterlab/filebrowser';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { localaiIcon } from '../components/icons';
import { notifyOnError } from './notify';
import { ILocalAI } from './tokens';

/** The ids of the commands, which are stable. */
export const CommandIDs = {
  open: 'localai:open',
  startNew: 'localai:new-conversation',
  indexFolder: 'localai:index-folder',
  copy: 'localai:copy-conversation',
  doctor: 'localai:doctor',
  settings: 'localai:settings'
};

const NO_ARGUMENTS = {
  describedBy: { args: { type: 'object', properties: {} } }
} as const;

/** The panel's commands; `schema/commands.json` has the shortcuts and the menu entry. */
export const commands: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-localai:commands',
  description: 'Commands of the LocalAI side panel, also in the palette.',
  autoStart: true,
  requires: [ILocalAI],
  optional: [ICommandPalette, IDefaultFileBrowser, ITranslator],
  activate: (
    app: JupyterFrontEnd,
    localai: ILocalAI,
    palette: ICommandPalette | null,
    browser: IDefaultFileBrowser | null,
    translator: ITranslator | null
  ) => {
    const trans = (translator ?? nullTranslator).load('jupyter-localai');
    const { model } = localai;
    const isStored = (): boolean => model.conversation.id !== undefined;

    app.commands.addCommand(CommandIDs.open, {
      ...NO_ARGUMENTS,
      label: trans.__('Ask Your Documents'),
      caption: trans.__('Show the LocalAI panel and ask a question'),
      icon: localaiIcon,
      execute: () => localai.show()
    });
    app.commands.addCommand(CommandIDs.startNew, {
      ...NO_ARGUMENTS,
      label: trans.__('New Conversation'),
      execute: () => {
        model.conversations.startNew();
        localai.show();
      }
    });
    app.commands.addCommand(CommandIDs.indexFolder, {
      ...NO_ARGUMENTS,
      label: trans.__('Index a Folder…'),
      isEnabled: () => localai.indexFolder !== null,
      execute: () => localai.indexFolder?.()
    });
    app.commands.addCommand(CommandIDs.copy, {
      ...NO_ARGUMENTS,
      label: trans.__('Copy Conversation as Markdown'),
      isEnabled: isStored,
      execute: () =>
        notifyOnError(async () =>
          Clipboard.copyToSystem(
            await model.server.exported(
              model.conversation.id!,
              'markdown',
              browser?.model.path ?? ''
            )
          )
        )
    });
    app.commands.addCommand(CommandIDs.doctor, {
      ...NO_ARGUMENTS,
      label: trans.__('Check Privacy and Setup…'),
      execute: () => {
        localai.show();
        model.showView('checks');
      }
    });

    app.commands.addCommand(CommandIDs.settings, {
      ...NO_ARGUMENTS,
      label: trans.__('Settings…'),
      caption: trans.__('Chat model, instructions, passages, context, quotes'),
      execute: () => {
        localai.show();
        model.showView('settings');
      }
    });

    model.changed.connect(() => {
      app.commands.notifyCommandChanged(CommandIDs.copy);
    });
    for (const command of Object.values(CommandIDs)) {
      palette?.addItem({ command, category: trans.__('LocalAI') });
    }
  }
};
