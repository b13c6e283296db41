import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { Dialog, showDialog } from '@jupyterlab/apputils';
import { IFileBrowserFactory } from '@jupyterlab/filebrowser';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import type { Contents } from '@jupyterlab/services';
import { closeIcon } from '@jupyterlab/ui-components';

import { CollectionForm, listed } from '../components/dialogs';
import type { IRemovalOption } from '../components/forms';
import { localaiIcon } from '../components/icons';
import { asError } from '../model/errors';
import { Saves } from '../model/saves';
import { ownPaths } from '../text/paths';
import { ILocalAI } from './tokens';

/** The ids of the commands, which are stable. */
export const FileCommandIDs = {
  index: 'localai:index',
  summarize: 'localai:summarize',
  askOnly: 'localai:ask-only',
  forget: 'localai:forget'
};

/** The settings with `indexOnSave`. */
const SETTINGS_ID = 'jupyter-localai:panel';

const PATHS = {
  type: 'array',
  items: { type: 'string' },
  description: 'Contents-API paths; defaults to the selected files.'
} as const;

/** Indexes and removes files of the file browser; `schema/files.json` has the menu entries. */
export const files: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-localai:files',
  description:
    'Indexes files and folders from the file browser and, if set, saved files.',
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
      caption: trans.__(
        'Index the selected files and folders to ask questions about them'
      ),
      icon: localaiIcon,
      describedBy: {
        args: {
          type: 'object',
          properties: {
            paths: PATHS,
            collection: {
              type: 'string',
              description: 'The collection; a dialog asks for it by default.'
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
          void model.start(); // the list of collections arrives while the dialog is open
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
          model.suggestCollection(collection);
        }
        localai.show();
        await model.jobs.index(paths, collection);
      }
    });

    /** What commands for files and folders in the index have in common. */
    const ofIndexed = {
      describedBy: {
        args: {
          type: 'object',
          properties: {
            paths: PATHS,
            collection: {
              type: 'string',
              description: 'The collection; every one by default.'
            }
          }
        }
      },
      isEnabled: (args: { paths?: unknown }): boolean => named(args).length > 0,
      isVisible: (args: { paths?: unknown }): boolean =>
        named(args).some(path => model.mayBeIndexed(path))
    };

    app.commands.addCommand(FileCommandIDs.summarize, {
      label: trans.__('Summarise'),
      caption: trans.__('Give an overview of the selected files and folders'),
      ...ofIndexed,
      execute: async args => {
        localai.show();
        await model.summarize(named(args));
      }
    });

    app.commands.addCommand(FileCommandIDs.askOnly, {
      label: trans.__('Ask Only This Document'),
      caption: trans.__(
        'Limit questions in the LocalAI panel to the selected file'
      ),
      ...ofIndexed,
      isEnabled: args => named(args).length === 1,
      execute: async args => {
        localai.show();
        model.showView('conversation');
        await model.limitTo(named(args)[0]);
      }
    });

    app.commands.addCommand(FileCommandIDs.forget, {
      label: trans.__('Remove from LocalAI’s Index…'),
      caption: trans.__(
        'Take the selected files and folders out of the index; the files stay'
      ),
      icon: closeIcon,
      ...ofIndexed,
      execute: async args => {
        const paths = named(args);
        try {
          const from = await chosen(
            paths,
            args.collection as string | undefined
          );
          if (from !== null) {
            localai.show();
            await model.jobs.forget(paths, from);
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

    /** Show what would be removed; return from which collection the user wants it, empty for every one, or null. */
    const chosen = async (
      paths: readonly string[],
      collection?: string
    ): Promise<string | null> => {
      const would = async (name: string): Promise<IRemovalOption> => ({
        collection: name,
        report: await model.server.forget({
          paths,
          ...(name && { collection: name }),
          dry_run: true
        })
      });
      const first = await would(collection ?? '');
      const names = collection === undefined ? first.report.collections : [];
      const options = [
        first,
        ...(names.length > 1 ? await Promise.all(names.map(would)) : [])
      ];
      const { RemovalChoice } = await import('../components/forms');
      const { button, value } = await showDialog({
        title: trans.__('Remove from the index?'),
        body: new RemovalChoice(listed(paths, trans), options, trans),
        buttons: [
          Dialog.cancelButton({ label: trans.__('Cancel') }),
          Dialog.warnButton({ label: trans.__('Remove from index') })
        ]
      });
      return button.accept ? value : null;
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
