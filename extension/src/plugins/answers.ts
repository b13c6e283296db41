import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { ANSWER_TYPE } from '../text/answer';
import { AnswerOutput } from '../components/renderer';
import { ILocalAI } from './tokens';

/** Ranks before HTML (50), the fallback where this extension is missing. */
const RANK = 40;

/** Renders answers in notebooks as the panel does. */
export const answers: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-localai:answers',
  description: 'Renders answers in notebook outputs.',
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
