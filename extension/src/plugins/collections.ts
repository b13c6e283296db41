import { Dialog, InputDialog, showDialog } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { CommandRegistry } from '@lumino/commands';
import { Menu } from '@lumino/widgets';

import type { IActions } from '../components/context';
import type { PanelModel } from '../model/panel';
import { notifyOnError } from './notify';
import { TalkCommandIDs } from './talks';

/** The dialogs and menus for collections and conversations. */
export function collectionActions(
  model: PanelModel,
  commands: CommandRegistry,
  trans: TranslationBundle
): Pick<
  IActions,
  | 'nameCollection'
  | 'chooseSeveral'
  | 'renameCollection'
  | 'removeCollection'
  | 'renameConversation'
  | 'openAgain'
> {
  const cancel = Dialog.cancelButton({ label: trans.__('Cancel') });
  const ask = async (
    title: string,
    text: string,
    ok: string
  ): Promise<string> => {
    const { button, value } = await InputDialog.getText({
      title,
      label: trans.__('Name'),
      text,
      okLabel: ok
    });
    const name = value?.trim() ?? '';
    return button.accept && name !== text ? name : '';
  };
  return {
    nameCollection: async () => {
      const name = await ask(
        trans.__('New Collection'),
        '',
        trans.__('Create')
      );
      if (name) {
        model.chooseCollection(name);
      }
    },
    chooseSeveral: async () => {
      const { SeveralCollections } = await import('../components/forms');
      const { button, value } = await showDialog({
        title: trans.__('Ask several collections'),
        body: new SeveralCollections(model.collections, model.asked, trans),
        buttons: [cancel, Dialog.okButton({ label: trans.__('Choose') })]
      });
      const [first, ...others] = value ?? [];
      if (button.accept && first !== undefined) {
        model.chooseCollection(first, others);
      }
    },
    renameCollection: name =>
      notifyOnError(async () => {
        const other = await ask(
          trans.__('Rename Collection'),
          name,
          trans.__('Rename')
        );
        if (other) {
          await model.renameCollection(name, other);
        }
      }),
    removeCollection: name =>
      notifyOnError(async () => {
        const report = await model.server.forget({
          paths: [],
          collection: name,
          dry_run: true
        });
        const { RemovalChoice } = await import('../components/forms');
        const { button } = await showDialog({
          title: trans.__('Remove the collection from the index?'),
          body: new RemovalChoice(
            `“${name}”`,
            [{ collection: name, report }],
            trans
          ),
          buttons: [
            cancel,
            Dialog.warnButton({ label: trans.__('Remove from index') })
          ]
        });
        if (button.accept) {
          await model.removeCollection(name);
        }
      }),
    renameConversation: async ({ id, title }) => {
      const { button, value } = await InputDialog.getText({
        title: trans.__('Rename Conversation'),
        label: trans.__('Title; empty for the first question'),
        text: title,
        okLabel: trans.__('Rename')
      });
      if (button.accept && value !== null && value !== title) {
        await model.conversations.change(id, { title: value });
      }
    },
    openAgain: (button, place) => {
      const menu = new Menu({ commands });
      const command = TalkCommandIDs.again;
      menu.addItem({ command, args: { place } });
      for (const { name, fits } of model.setup.chatModels) {
        if (fits) {
          menu.addItem({ command, args: { place, model: name } });
        }
      }
      menu.addItem({ command, args: { place, extractive: true } });
      menu.aboutToClose.connect(() => button.focus());
      const { left, bottom } = button.getBoundingClientRect();
      menu.open(left, bottom);
    }
  };
}
