import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { IRun } from '../model/run';
import { leftOf, shareOf, sizeOf, stageOf } from '../text/words';
import { Bar } from './bar';
import { usePanel } from './context';

/** How far a run is, the file that it works on, and the time left. */
export function Working(props: { run: IRun; name: string }): JSX.Element {
  const { trans } = usePanel();
  const { run, name } = props;
  const share = shareOf(run.progress);
  const file = run.progress?.name;
  return (
    <>
      <Bar
        share={share}
        label={
          run.isRemoval
            ? trans.__('Removing %1', name)
            : trans.__('Indexing %1', name)
        }
      />
      <span className="jp-LocalAI-note">
        {[progressOf(run, trans), leftOf(run.secondsLeft, trans)]
          .filter(Boolean)
          .join(' · ')}
      </span>
      {file && (
        <span className="jp-LocalAI-note jp-LocalAI-fileNow" title={file}>
          {file}
        </span>
      )}
    </>
  );
}

function progressOf(run: IRun, trans: TranslationBundle): string {
  const {
    stage = 'start',
    done = 0,
    total,
    unit,
    per_minute
  } = run.progress ?? {};
  if (run.isRemoval) {
    return trans.__('Removing from the index…');
  }
  if (stage === 'list' && done > 0) {
    return trans.__('Looking for documents… %1 found', done.toLocaleString());
  }
  if (stage === 'index' && total) {
    return unit === 'bytes'
      ? trans.__('%1 of %2', sizeOf(done), sizeOf(total))
      : trans.__('%1 of %2 documents', done, total);
  }
  if (stage === 'ocr' && total) {
    const pages = trans.__('OCR: %1 of %2 pages', done, total);
    return per_minute ? trans.__('%1, %2 a minute', pages, per_minute) : pages;
  }
  return stageOf(stage, trans);
}
