import type { IRenderMime } from '@jupyterlab/rendermime-interfaces';
import type { TranslationBundle } from '@jupyterlab/translation';
import { ReactWidget } from '@jupyterlab/ui-components';
import { MessageLoop } from '@lumino/messaging';
import { Widget } from '@lumino/widgets';
import * as React from 'react';
import { flushSync } from 'react-dom';

import { ANSWER_TYPE, readAnswer } from '../text/answer';
import type { IAnswerActions } from './context';
import { AnswerContext } from './context';
import { Fallback, Output, Plain } from './output';

/** Renders an answer in a notebook output. The notebook's author may have written it, so its shape is checked first. */
export class AnswerOutput extends ReactWidget implements IRenderMime.IRenderer {
  constructor(
    private readonly _trans: TranslationBundle,
    private readonly _actions: IAnswerActions
  ) {
    super();
    // the first class is JupyterLab's style of HTML outputs, which the answer has while it streams
    this.addClass('jp-RenderedHTMLCommon');
    this.addClass('jp-LocalAI-output');
    // Enter presses the focused button and does not reach the notebook
    this.node.dataset.lmSuppressShortcuts = 'true';
  }

  renderModel(model: IRenderMime.IMimeModel): Promise<void> {
    this._data = model.data;
    this._count += 1;
    // synchronously: an output that is empty for a moment moves everything below it
    flushSync(() => MessageLoop.sendMessage(this, Widget.Msg.UpdateRequest));
    return Promise.resolve();
  }

  protected render(): JSX.Element {
    const answer = readAnswer(this._data[ANSWER_TYPE]);
    const text = this._data['text/plain'];
    const plain = <Plain text={typeof text === 'string' ? text : ''} />;
    return (
      <AnswerContext.Provider
        value={{ trans: this._trans, actions: this._actions }}
      >
        {answer ? (
          <Fallback key={this._count} otherwise={plain}>
            <Output answer={answer} />
          </Fallback>
        ) : (
          plain
        )}
      </AnswerContext.Provider>
    );
  }

  private _data: IRenderMime.IMimeModel['data'] = {};
  private _count = 0;
}
