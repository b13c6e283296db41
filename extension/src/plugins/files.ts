import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { Dialog, showDialog } from '@jupyterlab/apputils';
import { IFileBrowserFactory } from '@jupyterlab/filebrowser';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import type { Contents } from '@jupyterlab/services';

import { CollectionForm, RemovalText } from '../dialogs';
import { localaiIcon } from '../icons';
import { asError } from '../model/errors';
import { Saves } from '../model/saves';
import { ownPaths } from '../text/paths';
import { ILocalAI } from '../tokens';
import { nameOf } from '../text/words';

/** The names of the commands; they stay. */
export const FileCommandIDs = {
  index: 'localai:index',
  forget: 'localai:forget'
};

/** The settings that say whether saved files are brought up to date. */
const SETTINGS_ID = 'jupyter-localai:panel';

const PATHS = {
  type: 'array',
  items: { type: 'string' },
  description:
    'Paths of the contents API; what is selected in the file browser when left out.'
} as const;

/** What the file browser's files and folders can be asked for; the menu entries stand in `schema/files.json`. */
export const files: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-localai:files',
  description:
    'Indexes files and folders from the file browser, and saved files if that is wanted.',
  autoStart: true,
  requires: [ILocalAI],
  optional: [IFileBrowserFactory, ISettingRegistry, ITranslator],
  activate: (
    app: JupyterFrontEnd,
    localai: ILocalAI,
    browsers: IFileBrowserFactory | null,
    settings: ISettingRegistry | null,
    translator: ITranslator | null
  ) => {
    const trans = (translator ?? nullTranslator).load('jupyter-localai');
    const { model } = localai;
    const { contents } = app.serviceManager;
    const named = (args: { paths?: unknown }): string[] => {
      const paths =
        (args.paths as string[] | undefined) ??
        Array.from(
          browsers?.tracker.currentWidget?.selectedItems() ?? [],
          ({ path }) => path
        );
      return ownPaths(contents, paths);
    };

    app.commands.addCommand(FileCommandIDs.index, {
      label: trans.__('Index with LocalAI…'),
      caption: trans.__('Index the selected files and folders, to ask them'),
      icon: localaiIcon,
      describedBy: {
        args: {
          type: 'object',
          properties: {
            paths: PATHS,
            collection: {
              type: 'string',
              description: 'Where to; asked for when left out.'
            }
          }
        }
      },
      isEnabled: args => named(args).length > 0,
      execute: async args => {
        const paths = named(args);
        let collection = args.collection as string | undefined;
        if (collection === undefined) {
          const body = new CollectionForm(model, paths, trans);
          void model.start(); // the collections there are come while it is open
          const { button, value } = await showDialog({
            title: trans.__('Index with LocalAI'),
            body,
            buttons: [
              Dialog.cancelButton({ label: trans.__('Cancel') }),
              Dialog.okButton({ label: trans.__('Index') })
            ]
          });
          if (!button.accept || !value) {
            return;
          }
          collection = value;
          model.chooseCollection(collection); // what was just chosen is what is asked next
        }
        localai.show();
        await model.jobs.index(paths, collection);
      }
    });

    app.commands.addCommand(FileCommandIDs.forget, {
      label: trans.__('Remove from Index…'),
      caption: trans.__('Remove the selected files and folders from the index'),
      describedBy: {
        args: { type: 'object', properties: { paths: PATHS } }
      },
      isEnabled: args => named(args).length > 0,
      isVisible: args => named(args).some(path => model.mayBeIndexed(path)),
      execute: async args => {
        const paths = named(args);
        try {
          if (await isMeant(paths)) {
            localai.show();
            await model.jobs.forget(paths);
          }
        } catch (error) {
          const { message, remedy } = asError(error);
          await showDialog({
            title: trans.__('Nothing was removed'),
            body: `${message} ${remedy}`.trim(),
            buttons: [Dialog.okButton({ label: trans.__('Close') })]
          });
        }
      }
    });

    /** Say what goes, and ask whether that is meant. */
    const isMeant = async (paths: readonly string[]): Promise<boolean> => {
      const { collections } = await model.server.status();
      const counts = await Promise.all(
        collections.map(async ({ name }) => {
          const asked = { collection: name, under: paths, limit: 1 };
          return {
            name,
            count: (await model.server.listDocuments(asked)).total
          };
        })
      );
      const found = counts.filter(({ count }) => count > 0);
      const isRoot = collections.some(({ folders }) =>
        folders?.some(folder => paths.includes(folder))
      );
      if (!found.length && !isRoot) {
        await showDialog({
          title: trans.__('Nothing to remove'),
          body: trans.__(
            'Nothing of %1 is in the index.',
            paths.map(path => `“${nameOf(path)}”`).join(', ')
          ),
          buttons: [Dialog.okButton({ label: trans.__('Close') })]
        });
        return false;
      }
      const { button } = await showDialog({
        title: trans.__('Remove from the index?'),
        body: new RemovalText(paths, found, trans),
        buttons: [
          Dialog.cancelButton({ label: trans.__('Cancel') }),
          Dialog.warnButton({ label: trans.__('Remove') })
        ]
      });
      return button.accept;
    };

    const saves = new Saves(model.jobs);
    const note = (_: unknown, change: Contents.IChangedArgs): void => {
      if (change.type !== 'new') {
        const paths = [change.oldValue?.path, change.newValue?.path];
        saves.note(
          ...ownPaths(
            contents,
            paths.filter(path => path !== undefined)
          )
        );
      }
    };
    void settings
      ?.load(SETTINGS_ID)
      .then(loaded => {
        const take = (): void => {
          contents.fileChanged.disconnect(note);
          if (loaded.get('indexOnSave').composite) {
            contents.fileChanged.connect(note);
          }
        };
        loaded.changed.connect(take);
        take();
      })
      .catch(error => console.warn('jupyter-localai: no settings', error));
  }
};
