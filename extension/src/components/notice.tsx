import type { TranslationBundle } from '@jupyterlab/translation';
import { ReactWidget, closeIcon } from '@jupyterlab/ui-components';
import { Widget } from '@lumino/widgets';
import * as React from 'react';

import { IconButton } from './button';
import type { IAnswerActions } from './context';
import { AnswerContext } from './context';
import { OpenResult } from './opening';
import { float } from './position';
import type { IOpenResult } from '../open/opener';
import type { ICited } from '../net/wire';
import { nameOf, placeOf } from '../text/words';

/** A popover beside a cited place with the result of opening it; Escape, a click elsewhere or its button closes it. */
export class Notice extends ReactWidget {
  constructor(
    private readonly _cited: ICited,
    private readonly _result: IOpenResult,
    private readonly _trans: TranslationBundle,
    private readonly _actions: IAnswerActions
  ) {
    super();
    this.addClass('jp-LocalAI-preview');
    this.addClass('jp-LocalAI-notice');
    this.node.setAttribute('popover', 'auto');
    this.node.setAttribute('role', 'dialog');
    this.node.setAttribute('aria-label', nameOf(_cited.path));
    this.node.tabIndex = -1;
    this.node.addEventListener('toggle', event => {
      if ((event as Event & { newState?: string }).newState === 'closed') {
        this.dispose();
      }
    });
  }

  /** Show the notice at an element. */
  async showAt(of: Element): Promise<void> {
    Widget.attach(this, document.body);
    await this.renderPromise;
    float(this.node, of);
    if (!this._result.shown) {
      this.node.focus();
    }
  }

  protected render(): JSX.Element {
    const trans = this._trans;
    const { path, anchor, quote } = this._cited;
    const where = placeOf(anchor, trans);
    return (
      <AnswerContext.Provider value={{ trans, actions: this._actions }}>
        <div className="jp-LocalAI-cardHead">
          <span className="jp-LocalAI-file">{nameOf(path)}</span>
          <span className="jp-LocalAI-place">{where}</span>
          <IconButton
            icon={closeIcon}
            label={trans.__('Close')}
            onClick={() => this.dispose()}
          />
        </div>
        {quote && (
          <blockquote className="jp-LocalAI-quote" dir="auto">
            {quote}
          </blockquote>
        )}
        <OpenResult
          opening={{
            isBusy: false,
            opened: this._result,
            open: () => undefined
          }}
        />
      </AnswerContext.Provider>
    );
  }
}
