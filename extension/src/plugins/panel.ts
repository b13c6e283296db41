import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ILabShell, ILayoutRestorer } from '@jupyterlab/application';
import {
  Clipboard,
  Dialog,
  InputDialog,
  Notification,
  showDialog
} from '@jupyterlab/apputils';
import { IEditorLanguageRegistry } from '@jupyterlab/codemirror';
import { IDocumentManager } from '@jupyterlab/docmanager';
import { FileDialog, IDefaultFileBrowser } from '@jupyterlab/filebrowser';
import { IEditorTracker } from '@jupyterlab/fileeditor';
import { INotebookTracker } from '@jupyterlab/notebook';
import { ILatexTypesetter } from '@jupyterlab/rendermime';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { IStateDB } from '@jupyterlab/statedb';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { Menu } from '@lumino/widgets';

import { acceptDrops } from '../components/drop';
import { CommandIDs } from './commands';
import { FileCommandIDs } from './files';
import type { IActions, IAnswerActions } from '../components/context';
import { Insertion } from '../open/insert';
import { Memory } from '../model/memory';
import { PanelModel } from '../model/panel';
import { onlyShown } from '../open/elsewhere';
import { Opener } from '../open/opener';
import { Panel } from '../components/panel';
import { ReadingRoom } from '../read/room';
import { collectionActions } from './collections';
import { notifyOnError } from './notify';
import { TalkCommandIDs } from './talks';
import { ownPaths } from '../text/paths';
import { Door } from '../net/request';
import { Server } from '../net/server';
import { ILocalAI } from './tokens';
import { VERSION } from '../version';

const PANEL_ID = 'jupyter-localai:panel';

/** JupyterLab's command that shows its settings. */
const SETTINGS_EDITOR = 'settingeditor:open';

/** The side panel. */
export const panel: JupyterFrontEndPlugin<ILocalAI> = {
  id: PANEL_ID,
  description: 'A side panel that answers questions from your own documents.',
  autoStart: true,
  provides: ILocalAI,
  optional: [
    ILabShell,
    ILayoutRestorer,
    ISettingRegistry,
    IStateDB,
    ITranslator,
    IDocumentManager,
    IDefaultFileBrowser,
    INotebookTracker,
    IEditorTracker,
    ILatexTypesetter,
    IEditorLanguageRegistry
  ],
  activate: (
    app: JupyterFrontEnd,
    labShell: ILabShell | null,
    restorer: ILayoutRestorer | null,
    settings: ISettingRegistry | null,
    state: IStateDB | null,
    translator: ITranslator | null,
    documents: IDocumentManager | null,
    browser: IDefaultFileBrowser | null,
    notebooks: INotebookTracker | null,
    editors: IEditorTracker | null,
    typesetter: ILatexTypesetter | null,
    languages: IEditorLanguageRegistry | null
  ): ILocalAI => {
    const trans = (translator ?? nullTranslator).load('jupyter-localai');
    const door = new Door(app.serviceManager.serverSettings, trans);
    const server = new Server(door);
    const model = new PanelModel(server, new Memory(state), VERSION, trans);

    const indexFolder =
      documents &&
      (async (): Promise<void> => {
        const { button, value } = await FileDialog.getExistingDirectory({
          manager: documents,
          title: trans.__('Index a Folder'),
          label: trans.__(
            'Its documents are added to the collection “%1”.',
            model.ownCollection
          ),
          defaultPath: browser?.model.path,
          translator: translator ?? undefined
        });
        if (button.accept && value?.length) {
          show();
          model.chooseCollection(model.ownCollection);
          await model.jobs.index(
            value.map(({ path }) => path),
            model.collection
          );
        }
      });

    const opener = new Opener(
      server,
      labShell ? documents : documents && onlyShown(documents),
      trans,
      () => browser?.model.driveName ?? '',
      new ReadingRoom(app.shell, app.serviceManager.contents, server, trans),
      labShell !== null
    );
    const answers: IAnswerActions = {
      copy: text => Clipboard.copyToSystem(text),
      insertion:
        notebooks || editors
          ? new Insertion(
              app.shell,
              notebooks,
              editors,
              app.serviceManager.contents,
              model.server,
              trans
            )
          : null,
      typeset: typesetter && (node => void typesetter.typeset(node)),
      highlight:
        languages &&
        ((code, language, node) =>
          languages.highlight(code, languages.findBest(language), node)),
      notifyOnError,
      open: place => opener.open(place),
      refresh: path => model.jobs.refresh([path]),
      reveal:
        browser &&
        (path => void app.commands.execute('filebrowser:go-to-path', { path }))
    };

    const menu = new Menu({ commands: app.commands });
    for (const command of [
      CommandIDs.indexFolder,
      CommandIDs.copy,
      TalkCommandIDs.save,
      TalkCommandIDs.feedback,
      TalkCommandIDs.keys,
      CommandIDs.doctor,
      CommandIDs.settings
    ]) {
      menu.addItem({ command });
    }

    const actions: IActions = {
      ...answers,
      indexFolder,
      ...collectionActions(model, app.commands, trans),
      downloadModel: async () => {
        const { button, value } = await InputDialog.getText({
          title: trans.__('Download a Chat Model'),
          label: trans.__('Its name in Ollama’s library, such as llama3.1:8b'),
          okLabel: trans.__('Download')
        });
        if (button.accept && value?.trim()) {
          await model.pull(value.trim());
        }
      },
      deleteConversation: async ({ id, title }) => {
        const { button } = await showDialog({
          title: trans.__('Delete this conversation?'),
          body: trans.__(
            'This permanently deletes “%1” and its answers.',
            title
          ),
          buttons: [
            Dialog.cancelButton({ label: trans.__('Cancel') }),
            Dialog.warnButton({ label: trans.__('Delete') })
          ]
        });
        if (button.accept) {
          await model.conversations.delete(id);
        }
      },
      openFile: documents && (path => void documents.openOrReveal(path)),
      forget: (paths, collection) =>
        void app.commands.execute(FileCommandIDs.forget, {
          paths: [...paths],
          collection
        }),
      openMenu: button => {
        const { left, bottom } = button.getBoundingClientRect();
        menu.open(left, bottom);
      },
      get openLabSettings() {
        return app.commands.hasCommand(SETTINGS_EDITOR)
          ? () =>
              void app.commands.execute(SETTINGS_EDITOR, { query: 'LocalAI' })
          : null;
      },
      leave: () => {
        labShell?.currentWidget?.activate();
        // some documents do not take the focus
        if (widget.node.contains(document.activeElement)) {
          (document.activeElement as HTMLElement).blur();
        }
      }
    };

    const widget = new Panel(model, trans, actions);
    acceptDrops(widget.node, {
      label: () => trans.__('Index into “%1”', model.collection),
      foreignLabel: trans.__('Files from outside of JupyterLab'),
      onPaths: paths => {
        const own = ownPaths(app.serviceManager.contents, paths);
        if (own.length) {
          void model.jobs.index(own, model.collection);
        }
      },
      onForeign: () =>
        Notification.warning(
          trans.__(
            'Files from outside of JupyterLab cannot be indexed directly. Drop them onto the file browser first, then onto this panel, or run jupyter localai index in a terminal.'
          ),
          { autoClose: 15000 }
        )
    });
    app.shell.add(widget, 'right', { rank: 900, type: 'LocalAI' });
    restorer?.add(widget, widget.id);
    const show = (): void => app.shell.activateById(widget.id);

    void settings
      ?.load(PANEL_ID)
      .then(loaded => {
        const take = (): void => {
          model.setDefaults(
            loaded.get('collection').composite as string,
            loaded.get('extractive').composite as boolean
          );
          model.jobs.askAbove = loaded.get('askAbove').composite as number;
        };
        loaded.changed.connect(take);
        take();
      })
      .catch(error => console.warn('jupyter-localai: no settings', error));

    return { model, show, indexFolder, answers, open: answers.open };
  }
};
