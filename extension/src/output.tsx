import type { IRenderMime } from '@jupyterlab/rendermime-interfaces';
import type { TranslationBundle } from '@jupyterlab/translation';
import { ReactWidget } from '@jupyterlab/ui-components';
import { MessageLoop } from '@lumino/messaging';
import { Widget } from '@lumino/widgets';
import * as React from 'react';
import { flushSync } from 'react-dom';

import { ANSWER_TYPE, readAnswer } from './text/answer';
import type { IAnswerActions } from './components/context';
import { AnswerContext } from './components/context';
import { Fallback, Output, Plain } from './components/output';

/** An answer in a notebook's output. Whoever wrote the notebook wrote it, so its shape is checked first. */
export class AnswerOutput extends ReactWidget implements IRenderMime.IRenderer {
  constructor(
    private readonly _trans: TranslationBundle,
    private readonly _actions: IAnswerActions
  ) {
    super();
    // the first is JupyterLab's look of HTML outputs, which the answer has while it is written
    this.addClass('jp-RenderedHTMLCommon');
    this.addClass('jp-LocalAI-output');
    // Enter is for the button that has the focus, not for the notebook
    this.node.dataset.lmSuppressShortcuts = 'true';
  }

  renderModel(model: IRenderMime.IMimeModel): Promise<void> {
    this._data = model.data;
    this._count += 1;
    // at once: an empty output, even for a moment, moves all that is below it
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
