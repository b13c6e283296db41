import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { ANSWER_TYPE } from '../text/answer';
import { AnswerOutput } from '../output';
import { ILocalAI } from '../tokens';

/** Before HTML (50), which is the form of an answer where this extension is missing. */
const RANK = 40;

/** Answers in notebooks, drawn as the panel draws them. */
export const answers: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-localai:answers',
  description: 'Draws answers in the outputs of notebooks.',
  autoStart: true,
  requires: [ILocalAI, IRenderMimeRegistry],
  optional: [ITranslator],
  activate: (
    _app: JupyterFrontEnd,
    localai: ILocalAI,
    rendermime: IRenderMimeRegistry,
    translator: ITranslator | null
  ) => {
    const trans = (translator ?? nullTranslator).load('jupyter-localai');
    rendermime.addFactory({
      safe: true,
      mimeTypes: [ANSWER_TYPE],
      defaultRank: RANK,
      createRenderer: () => new AnswerOutput(trans, localai.answers)
    });
  }
};
