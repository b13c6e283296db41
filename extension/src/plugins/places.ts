import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { readCited } from '../text/answer';
import { Notice } from '../notice';
import { ILocalAI } from '../tokens';

/** What marks a place in HTML that a kernel made; see `adapters/render/parts.py`. */
const PLACE = '[data-localai-place]';

/** Cited places in HTML of a kernel, such as the chat panel's, open what they cite. */
export const places: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-localai:places',
  description: 'Opens places that HTML of a kernel cites.',
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
      // who selects text there does not follow it
      if (node && window.getSelection()?.isCollapsed !== false) {
        void follow(node);
      }
    });
    // before JupyterLab's shortcuts, of which Enter in a notebook is one
    window.addEventListener(
      'keydown',
      event => {
        const node = placeOf(event.target);
        if (event.key === 'Tab') {
          // a kernel's HTML has nothing that looks as if it did something without this extension
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
