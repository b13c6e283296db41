import { closeIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import type { IRun } from '../model/run';
import { isForeign, isOver, stateOf } from '../model/run';
import { nameOf } from '../text/words';
import { IconButton, TextButton } from './button';
import { useChanges, usePanel } from './context';
import { DownloadProgress } from './download';
import { Problem } from './problem';
import { Report, useFacts, useVanishing } from './report';
import { Working } from './working';

/** The indexing runs and their reports, and a download when the guide does not show it. */
export function Runs(props: { withDownload: boolean }): JSX.Element | null {
  const { model, trans } = usePanel();
  const { jobs, download } = model;
  useChanges(jobs.changed);
  useChanges(download.changed);
  const isDownloading = props.withDownload && download.name;
  // of those that other pages and programs started, the one that works stands for all
  const others = jobs.runs.filter(run => isForeign(run) && !isOver(run));
  const working =
    others.find(({ progress }) => progress?.stage !== 'wait') ?? others[0];
  const shown = jobs.runs.filter(
    run => run === working || !others.includes(run)
  );
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
      {shown.map(run => (
        <Run key={run.id} run={run} />
      ))}
      {others.length > 1 && (
        <p className="jp-LocalAI-note">
          {trans._n(
            '%1 other run waits',
            '%1 other runs wait',
            others.length - 1
          )}
        </p>
      )}
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
  const facts = useFacts(run);
  const vanishing = useVanishing(run);
  return (
    <div
      className="jp-LocalAI-run"
      role="group"
      aria-label={name}
      {...vanishing}
    >
      <div className="jp-LocalAI-runHead">
        <span className="jp-LocalAI-file" title={paths.join(', ')}>
          {name}
        </span>
        {facts && <span className="jp-LocalAI-note">{facts}</span>}
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
      {state === 'asking' && <Confirmation run={run} name={name} />}
      {!over && state !== 'asking' && <Working run={run} name={name} />}
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
          label={trans.__('Index %1 documents of %2', count, name)}
          onClick={() => void jobs.confirm(run)}
        >
          {trans.__('Index %1 documents', count)}
        </TextButton>
        <TextButton onClick={() => jobs.cancel(run.id)}>
          {trans.__('Cancel')}
        </TextButton>
      </div>
    </div>
  );
}
