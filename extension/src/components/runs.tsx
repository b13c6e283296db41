import type { TranslationBundle } from '@jupyterlab/translation';
import { closeIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import type { IRun } from '../model/run';
import { isOver, stateOf } from '../model/run';
import type { IIndexReport } from '../net/wire';
import { nameOf, shareOf, sizeOf, stageOf } from '../text/words';
import { Bar } from './bar';
import { IconButton, TextButton } from './button';
import { useChanges, usePanel } from './context';
import { DownloadProgress } from './download';
import { Problem } from './problem';

/** The indexing runs and their reports, and a download when the guide does not show it. */
export function Runs(props: { withDownload: boolean }): JSX.Element | null {
  const { model, trans } = usePanel();
  const { jobs, download } = model;
  useChanges(jobs.changed);
  useChanges(download.changed);
  const isDownloading = props.withDownload && download.name;
  return jobs.runs.length || isDownloading ? (
    <div className="jp-LocalAI-runs">
      {isDownloading && (
        <div className="jp-LocalAI-run">
          <p className="jp-LocalAI-file">
            {trans.__('Downloading %1', download.name)}
          </p>
          <DownloadProgress />
        </div>
      )}
      {jobs.runs.map(run => (
        <Run key={run.id} run={run} />
      ))}
    </div>
  ) : null;
}

function Run({ run }: { run: IRun }): JSX.Element {
  const { model, trans } = usePanel();
  const { jobs } = model;
  const paths = run.paths.map(path => path || '/');
  const name =
    paths.map(nameOf).join(', ') || run.collection || trans.__('Index');
  const over = isOver(run);
  const state = stateOf(run);
  return (
    <div className="jp-LocalAI-run" role="group" aria-label={name}>
      <div className="jp-LocalAI-runHead">
        <span className="jp-LocalAI-file" title={paths.join(', ')}>
          {name}
        </span>
        {(over || !run.isRemoval) && (
          <IconButton
            icon={closeIcon}
            label={
              over
                ? trans.__('Close the report on %1', name)
                : trans.__('Cancel indexing %1', name)
            }
            onClick={() => (over ? jobs.dismiss(run.id) : jobs.cancel(run.id))}
          />
        )}
      </div>
      {run.error && (
        <Problem
          error={run.error}
          action={trans.__('Try again')}
          onAction={paths.length ? () => void jobs.retry(run) : undefined}
        />
      )}
      {run.report && <Report report={run.report} paths={run.paths} />}
      {run.removed && (
        <p className="jp-LocalAI-note">
          {trans._n(
            '%1 document removed from the index',
            '%1 documents removed from the index',
            run.removed.documents
          )}
          {run.removed.answers > 0 &&
            `, ${trans._n(
              'with %1 answer about them',
              'with %1 answers about them',
              run.removed.answers
            )}`}
        </p>
      )}
      {state === 'asking' && <Confirmation run={run} name={name} />}
      {!over && state !== 'asking' && (
        <>
          <Bar
            share={shareOf(run.progress)}
            label={
              run.isRemoval
                ? trans.__('Removing %1', name)
                : trans.__('Indexing %1', name)
            }
          />
          <span className="jp-LocalAI-note">{progressOf(run, trans)}</span>
        </>
      )}
    </div>
  );
}

/** Asks the user to confirm a large run. */
function Confirmation({ run, name }: { run: IRun; name: string }): JSX.Element {
  const { model, trans } = usePanel();
  const { jobs } = model;
  const count = run.confirmCount!.toLocaleString();
  return (
    <div role="alert">
      <p>
        {trans.__(
          'This indexes %1 documents into “%2”, which may take a long time.',
          count,
          run.collection
        )}
      </p>
      <div className="jp-LocalAI-decision">
        <TextButton
          main
          label={trans.__('Index them: %1 documents of %2', count, name)}
          onClick={() => void jobs.confirm(run)}
        >
          {trans.__('Index them')}
        </TextButton>
        <TextButton onClick={() => jobs.cancel(run.id)}>
          {trans.__('Cancel')}
        </TextButton>
      </div>
    </div>
  );
}

function Report(props: {
  report: IIndexReport;
  paths: readonly string[];
}): JSX.Element {
  const { report, paths } = props;
  const { model, trans } = usePanel();
  const ocr = report.warnings?.find(({ code }) => code === 'needs_ocr');
  const counts = [
    [report.added, trans.__('%1 added', report.added)],
    [report.updated, trans.__('%1 updated', report.updated)],
    [report.unchanged, trans.__('%1 unchanged', report.unchanged)],
    [report.removed, trans.__('%1 removed', report.removed)],
    [report.skipped.length, trans.__('%1 skipped', report.skipped.length)],
    [report.failed.length, trans.__('%1 failed', report.failed.length)]
  ] as const;
  const facts = counts.filter(([count]) => count > 0).map(([, text]) => text);
  return (
    <>
      <p className="jp-LocalAI-note">
        {facts.join(' · ') || trans.__('There was nothing to index.')}
      </p>
      {ocr && (
        <p className="jp-LocalAI-note">
          {ocr.message} {paths.length ? '' : ocr.remedy}
          {paths.length > 0 && (
            <TextButton
              onClick={() =>
                void model.jobs.index(paths, report.collection, {
                  refresh: true,
                  ocr: true
                })
              }
            >
              {trans.__('Read with OCR')}
            </TextButton>
          )}
        </p>
      )}
      {report.failed.length > 0 && (
        <details className="jp-LocalAI-failures">
          <summary>{trans.__('What failed')}</summary>
          <ul>
            {report.failed.slice(0, 50).map(failure => (
              <li key={failure.path} title={failure.path}>
                <strong>{nameOf(failure.path)}</strong>: {failure.message}{' '}
                {failure.remedy}
              </li>
            ))}
          </ul>
        </details>
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
