import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { readCited } from '../text/answer';
import { Notice } from '../components/notice';
import { ILocalAI } from './tokens';

/** The attribute of a cited place in a kernel's HTML; see `render/parts.py`. */
const PLACE = '[data-localai-place]';

/** Opens the cited places in a kernel's HTML, such as the chat panel's. */
export const places: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-localai:places',
  description: 'Opens the cited places in HTML from a kernel.',
  autoStart: true,
  requires: [ILocalAI],
  optional: [ITranslator],
  activate: (
    _app: JupyterFrontEnd,
    localai: ILocalAI,
    translator: ITranslator | null
  ) => {
    const trans = (translator ?? nullTranslator).load('jupyter-localai');
    const { answers } = localai;
    const follow = async (node: HTMLElement): Promise<void> => {
      const cited = readCited(node.dataset.localaiPlace!);
      if (cited) {
        const opened = await answers.open(cited);
        if (opened.message) {
          await new Notice(cited, opened, trans, answers).showAt(node);
        }
      }
    };

    document.addEventListener('click', ({ target }) => {
      const node = placeOf(target);
      // selecting text is no click on the place
      if (node && window.getSelection()?.isCollapsed !== false) {
        void follow(node);
      }
    });
    // before JupyterLab's shortcuts, because Enter is one in a notebook
    window.addEventListener(
      'keydown',
      event => {
        const node = placeOf(event.target);
        if (event.key === 'Tab') {
          // only this extension makes the places interactive, so a kernel's HTML does not style them as links
          for (const found of document.querySelectorAll<HTMLElement>(
            `${PLACE}:not([tabindex])`
          )) {
            found.tabIndex = 0;
            found.setAttribute('role', 'link');
          }
        } else if (node && event.key === 'Enter') {
          event.preventDefault();
          event.stopImmediatePropagation();
          void follow(node);
        }
      },
      true
    );
  }
};

function placeOf(target: EventTarget | null): HTMLElement | null {
  return target instanceof Element ? target.closest<HTMLElement>(PLACE) : null;
}
