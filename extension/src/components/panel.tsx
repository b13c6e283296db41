import type { TranslationBundle } from '@jupyterlab/translation';
import { ReactWidget } from '@jupyterlab/ui-components';
import type { Message } from '@lumino/messaging';
import * as React from 'react';

import { App } from './app';
import { FIELD } from './composer';
import type { IActions } from './context';
import { AnswerContext, PanelContext } from './context';
import { localaiIcon } from './icons';
import { widenOnce } from './width';
import type { PanelModel } from '../model/panel';

/** The side panel; it sends no request before it is first shown. */
export class Panel extends ReactWidget {
  constructor(
    private readonly _model: PanelModel,
    private readonly _trans: TranslationBundle,
    private readonly _actions: IActions
  ) {
    super();
    this.id = 'jupyter-localai';
    this.addClass('jp-LocalAI');
    this.title.icon = localaiIcon;
    this.title.caption = _trans.__('Ask your documents (LocalAI)');
    this.node.setAttribute('role', 'region');
    this.node.setAttribute('aria-label', _trans.__('LocalAI'));
    for (const act of ['focusin', 'pointerenter']) {
      this.node.addEventListener(act, () => void _model.setup.lookForModels());
    }
  }

  protected render(): JSX.Element {
    return (
      <PanelContext.Provider
        value={{
          model: this._model,
          trans: this._trans,
          actions: this._actions
        }}
      >
        <AnswerContext.Provider
          value={{ trans: this._trans, actions: this._actions }}
        >
          <App />
        </AnswerContext.Provider>
      </PanelContext.Provider>
    );
  }

  protected onAfterAttach(message: Message): void {
    super.onAfterAttach(message);
    if (this.isVisible) {
      void this._model.start();
      void widenOnce(this, this._model);
    }
  }

  protected onAfterShow(message: Message): void {
    super.onAfterShow(message);
    void this._model.start();
    void widenOnce(this, this._model);
  }

  /** Put the cursor into the question's field. */
  protected onActivateRequest(message: Message): void {
    super.onActivateRequest(message);
    // a panel attached and shown in one step is not rendered yet
    void (this.renderPromise ?? Promise.resolve()).then(() =>
      this.node.querySelector<HTMLElement>(`.${FIELD}`)?.focus()
    );
  }

  dispose(): void {
    this._model.dispose();
    super.dispose();
  }
}
