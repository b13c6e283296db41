import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import {
  Dialog,
  ICommandPalette,
  Notification,
  showDialog
} from '@jupyterlab/apputils';
import { PathExt } from '@jupyterlab/coreutils';
import { IDocumentManager } from '@jupyterlab/docmanager';
import { IDefaultFileBrowser } from '@jupyterlab/filebrowser';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { exists, freeName, saveText } from '../text/export';
import { notifyOnError } from './notify';
import { ILocalAI } from './tokens';

/** The ids of the commands, which are stable. */
export const TalkCommandIDs = {
  again: 'localai:answer-again',
  save: 'localai:save-conversation',
  feedback: 'localai:save-feedback',
  keys: 'localai:keyboard'
};

const NO_ARGUMENTS = {
  describedBy: { args: { type: 'object', properties: {} } }
} as const;

/** Commands about a conversation: answer again, export, feedback; and the list of keys. */
export const talks: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-localai:talks',
  description: 'Exports conversations and feedback of the LocalAI panel.',
  autoStart: true,
  requires: [ILocalAI],
  optional: [
    ICommandPalette,
    IDefaultFileBrowser,
    IDocumentManager,
    ITranslator
  ],
  activate: (
    app: JupyterFrontEnd,
    localai: ILocalAI,
    palette: ICommandPalette | null,
    browser: IDefaultFileBrowser | null,
    documents: IDocumentManager | null,
    translator: ITranslator | null
  ) => {
    const trans = (translator ?? nullTranslator).load('jupyter-localai');
    const { model } = localai;
    const { contents } = app.serviceManager;

    /** Write a file, open it, and say where it is. */
    const save = async (path: string, text: string): Promise<void> => {
      await saveText(contents, path, text);
      documents?.openOrReveal(path);
      Notification.success(trans.__('Saved as %1', path), { autoClose: 5000 });
    };

    app.commands.addCommand(TalkCommandIDs.again, {
      describedBy: {
        args: {
          type: 'object',
          properties: {
            place: {
              type: 'number',
              description: 'The position of the answer, from 0.'
            },
            model: {
              type: 'string',
              description: 'The chat model; the chosen one by default.'
            },
            extractive: {
              type: 'boolean',
              description: 'Whether no chat model is to be asked.'
            }
          }
        }
      },
      label: args =>
        args.extractive
          ? trans.__('Answer again with quotes only')
          : args.model
            ? trans.__('Answer again with %1', args.model)
            : trans.__('Answer again'),
      isEnabled: args =>
        !model.conversation.isBusy &&
        model.conversation.turns[args.place as number] !== undefined,
      execute: async args => {
        const place = args.place as number;
        const later = model.conversation.turns.length - place - 1;
        if (later > 0) {
          const { button } = await showDialog({
            title: trans.__('Answer this question again?'),
            body: trans._n(
              'The %1 question after it and its answer go.',
              'The %1 questions after it and their answers go.',
              later
            ),
            buttons: [
              Dialog.cancelButton({ label: trans.__('Cancel') }),
              Dialog.warnButton({ label: trans.__('Answer again') })
            ]
          });
          if (!button.accept) {
            return;
          }
        }
        await model.askAgain(
          place,
          args.extractive ? null : (args.model as string | undefined)
        );
      }
    });

    app.commands.addCommand(TalkCommandIDs.save, {
      ...NO_ARGUMENTS,
      label: trans.__('Export Conversation…'),
      caption: trans.__(
        'Save the conversation as a web page, Markdown, a notebook, quotes or a bibliography'
      ),
      isEnabled: () => model.conversation.id !== undefined,
      execute: () =>
        notifyOnError(async () => {
          const { id, title } = model.conversation;
          const { ExportChoice } = await import('../components/forms');
          const body = new ExportChoice(
            browser?.model.path ?? '',
            title,
            trans
          );
          const { button, value } = await showDialog({
            title: trans.__('Export Conversation'),
            body,
            buttons: [
              Dialog.cancelButton({ label: trans.__('Cancel') }),
              Dialog.okButton({ label: trans.__('Export') })
            ]
          });
          if (!button.accept || !value?.path) {
            return;
          }
          const { form, path } = value;
          if (await exists(contents, path)) {
            const { button } = await showDialog({
              title: trans.__('Replace the file?'),
              body: trans.__('There is a file “%1” already.', path),
              buttons: [
                Dialog.cancelButton({ label: trans.__('Cancel') }),
                Dialog.warnButton({ label: trans.__('Replace') })
              ]
            });
            if (!button.accept) {
              return;
            }
          }
          const folder = PathExt.dirname(path);
          await save(path, await model.server.exported(id!, form, folder));
        })
    });

    app.commands.addCommand(TalkCommandIDs.feedback, {
      ...NO_ARGUMENTS,
      label: trans.__('Save Feedback as Questions…'),
      caption: trans.__(
        'Save the useful answers’ questions and places, to measure with jupyter localai eval'
      ),
      execute: () =>
        notifyOnError(async () => {
          const { answers, questions, text } = await model.server.feedback();
          if (!questions) {
            Notification.info(
              answers
                ? trans.__(
                    'Only answers that you called useful make questions to measure with.'
                  )
                : trans.__(
                    'Say of some answers whether they are useful, by the thumbs below them.'
                  ),
              { autoClose: 8000 }
            );
            return;
          }
          const folder = browser?.model.path ?? '';
          await save(
            await freeName(contents, folder, 'questions', '.jsonl'),
            text
          );
        })
    });

    app.commands.addCommand(TalkCommandIDs.keys, {
      ...NO_ARGUMENTS,
      label: trans.__('Keyboard…'),
      caption: trans.__('The keys of the LocalAI panel'),
      execute: async () => {
        const { Keys } = await import('../components/forms');
        await showDialog({
          title: trans.__('Keys of the LocalAI panel'),
          body: new Keys(trans),
          buttons: [Dialog.okButton({ label: trans.__('Close') })]
        });
      }
    });

    model.changed.connect(() => {
      app.commands.notifyCommandChanged(TalkCommandIDs.save);
    });
    for (const command of [
      TalkCommandIDs.save,
      TalkCommandIDs.feedback,
      TalkCommandIDs.keys
    ]) {
      palette?.addItem({ command, category: trans.__('LocalAI') });
    }
  }
};
