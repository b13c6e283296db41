import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { IStatusBar } from '@jupyterlab/statusbar';
import type { TranslationBundle } from '@jupyterlab/translation';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { ReactWidget } from '@jupyterlab/ui-components';
import * as React from 'react';

import { useChanges } from '../components/context';
import type { Jobs } from '../model/jobs';
import { ILocalAI } from './tokens';
import { summaryOf } from '../text/words';

/** Shows the progress of indexing in the status bar, and nothing while the index is idle. */
export const status: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-localai:status',
  description: 'Shows the progress of indexing in the status bar.',
  autoStart: true,
  requires: [ILocalAI],
  optional: [IStatusBar, ITranslator],
  activate: (
    _app: JupyterFrontEnd,
    localai: ILocalAI,
    bar: IStatusBar | null,
    translator: ITranslator | null
  ) => {
    const trans = (translator ?? nullTranslator).load('jupyter-localai');
    const { model } = localai;
    const open = (): void => {
      localai.show();
      model.showView('documents');
    };
    const item = ReactWidget.create(
      <Item jobs={model.jobs} trans={trans} onClick={open} />
    );
    item.addClass('jp-LocalAI-status');
    bar?.registerStatusItem(status.id, {
      item,
      align: 'middle',
      isActive: () => summaryOf(model.jobs.runs, trans) !== '',
      activeStateChanged: model.jobs.changed
    });
  }
};

function Item(props: {
  jobs: Jobs;
  trans: TranslationBundle;
  onClick: () => void;
}): JSX.Element {
  const { jobs, trans } = props;
  useChanges(jobs.changed);
  const summary = summaryOf(jobs.runs, trans);
  return (
    <button
      type="button"
      className="jp-StatusBar-TextItem"
      title={trans.__('LocalAI: show the documents')}
      onClick={props.onClick}
    >
      {summary}
    </button>
  );
}
