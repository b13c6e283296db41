import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { Notification } from '@jupyterlab/apputils';
import { IFileBrowserFactory } from '@jupyterlab/filebrowser';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { localaiIcon } from '../components/icons';
import { ownPaths } from '../text/paths';
import { notifyOnError } from './notify';
import { ILocalAI } from './tokens';

/** The ids of the commands, which are stable. */
export const TeamCommandIDs = {
  project: 'localai:index-project',
  bundle: 'localai:import'
};

const PROJECT_FILE = 'localai-project.toml';
const BUNDLE = '.localai';

const PATH = {
  args: {
    type: 'object',
    properties: {
      path: {
        type: 'string',
        description: 'A contents-API path; defaults to what is selected.'
      }
    }
  }
} as const;

/** Indexes projects and imports bundles from the file browser; `schema/team.json` has the menu entries. */
export const team: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-localai:team',
  description: 'Indexes a project and imports a bundle from the file browser.',
  autoStart: true,
  requires: [ILocalAI],
  optional: [IFileBrowserFactory, ITranslator],
  activate: (
    app: JupyterFrontEnd,
    localai: ILocalAI,
    browsers: IFileBrowserFactory | null,
    translator: ITranslator | null
  ) => {
    const trans = (translator ?? nullTranslator).load('jupyter-localai');
    const { model } = localai;
    const { contents } = app.serviceManager;
    const own = (path: unknown): string | undefined =>
      ownPaths(contents, typeof path === 'string' ? [path] : [])[0];

    /** Return the folder that the file browser shows, if a project begins there. */
    const project = (args: { path?: unknown }): string | undefined => {
      const shown = browsers?.tracker.currentWidget?.model;
      const begins = Array.from(shown?.items() ?? []).some(
        ({ name }) => name === PROJECT_FILE
      );
      return own(args.path ?? (begins ? shown?.path : undefined));
    };

    /** Return the bundle that is selected. */
    const bundle = (args: { path?: unknown }): string | undefined => {
      const selected = Array.from(
        browsers?.tracker.currentWidget?.selectedItems() ?? []
      );
      const path = own(
        args.path ?? (selected.length === 1 ? selected[0].path : undefined)
      );
      return path?.endsWith(BUNDLE) ? path : undefined;
    };

    app.commands.addCommand(TeamCommandIDs.project, {
      label: trans.__('Index This Project'),
      caption: trans.__('Index what the project file of this folder names'),
      icon: localaiIcon,
      describedBy: PATH,
      isEnabled: args => project(args) !== undefined,
      isVisible: args => project(args) !== undefined,
      execute: async args => {
        const path = project(args);
        if (path !== undefined) {
          localai.show();
          const name = await model.jobs.indexProject(path);
          if (name !== null) {
            model.chooseCollection(name);
          }
        }
      }
    });

    app.commands.addCommand(TeamCommandIDs.bundle, {
      label: trans.__('Import into LocalAI'),
      caption: trans.__('Make a collection of this bundle'),
      icon: localaiIcon,
      describedBy: PATH,
      isEnabled: args => bundle(args) !== undefined,
      isVisible: args => bundle(args) !== undefined,
      execute: args =>
        notifyOnError(async () => {
          const path = bundle(args);
          if (path !== undefined) {
            const { collection, documents } =
              await model.server.importBundle(path);
            localai.show();
            model.chooseCollection(collection);
            Notification.success(
              trans._n(
                '%1 document is in “%2” now.',
                '%1 documents are in “%2” now.',
                documents,
                collection
              )
            );
          }
        })
    });
  }
};
