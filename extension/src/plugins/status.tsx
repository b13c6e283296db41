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
import { stateOf } from '../model/jobs';
import { ILocalAI } from '../tokens';
import { shareOf } from '../words';

/** What goes on with the index, in the status bar; nothing when nothing does. */
export const status: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-localai:status',
  description: 'Shows in the status bar how far indexing is.',
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
      isActive: () => summaryOf(model.jobs, trans) !== '',
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
  const summary = summaryOf(jobs, trans);
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

/** What is most worth knowing of all runs; empty when there is nothing. */
export function summaryOf(
  { runs }: Pick<Jobs, 'runs'>,
  trans: TranslationBundle
): string {
  const asking = runs.find(run => stateOf(run) === 'asking');
  if (asking) {
    return trans.__('Indexing waits for an answer');
  }
  const running = runs.find(run => stateOf(run) === 'running');
  if (running?.isRemoval) {
    return trans.__('Removing from the index…');
  }
  if (running) {
    const share = shareOf(running.progress);
    return share === null
      ? trans.__('Indexing…')
      : trans.__('Indexing %1 %', Math.floor(share * 100));
  }
  if (runs.some(run => stateOf(run) === 'counting')) {
    return trans.__('Looking for documents…');
  }
  const last = runs[runs.length - 1];
  if (last && stateOf(last) === 'failed') {
    const count = last.report?.failed.length ?? 0;
    return count
      ? trans._n('⚠ %1 document failed', '⚠ %1 documents failed', count)
      : trans.__('⚠ Indexing failed');
  }
  return '';
}
