import * as React from 'react';

import type { IRun } from '../model/run';
import { stateOf } from '../model/run';
import type { IIndexReport } from '../net/wire';
import { nameOf } from '../text/words';
import { TextButton } from './button';
import { usePanel } from './context';

/** How long the report of a run without failures stays, in milliseconds. */
const STAYS_MS = 10_000;

/** The number of files to name. */
const MANY = 50;

/** What a run did, in a few words; empty while it has not ended, or failed as a whole. */
export function useFacts(run: IRun): string {
  const { trans } = usePanel();
  const { report, removed } = run;
  if (removed) {
    const documents = trans._n(
      '%1 document removed from the index',
      '%1 documents removed from the index',
      removed.documents
    );
    const answers = trans._n(
      'with %1 answer about them',
      'with %1 answers about them',
      removed.answers
    );
    return removed.answers > 0 ? `${documents}, ${answers}` : documents;
  }
  if (!report) {
    return '';
  }
  const counts = [
    [report.added, trans.__('%1 added', report.added)],
    [report.updated, trans.__('%1 updated', report.updated)],
    [report.unchanged, trans.__('%1 unchanged', report.unchanged)],
    [report.removed, trans.__('%1 removed', report.removed)],
    [report.failed.length, trans.__('%1 failed', report.failed.length)]
  ] as const;
  const facts = counts.filter(([count]) => count > 0).map(([, text]) => text);
  return (
    facts.join(' · ') ||
    (report.skipped.length ? '' : trans.__('There was nothing to index.'))
  );
}

/** Have the report of a run go by itself, unless something failed or wants a decision, or the user is at it. */
export function useVanishing(run: IRun): React.HTMLAttributes<HTMLElement> {
  const { model } = usePanel();
  const [isHeld, hold] = React.useState(false);
  const goes =
    stateOf(run) === 'done' && !run.report?.warnings?.length && !isHeld;
  React.useEffect(() => {
    const timer = goes
      ? setTimeout(() => model.jobs.dismiss(run.id), STAYS_MS)
      : undefined;
    return () => clearTimeout(timer);
  }, [goes, model, run.id]);
  return {
    onMouseEnter: () => hold(true),
    onMouseLeave: () => hold(false),
    onFocus: () => hold(true),
    onBlur: () => hold(false)
  };
}

/** What was passed over and why, what failed and why, and what OCR could read. */
export function Report(props: {
  report: IIndexReport;
  paths: readonly string[];
}): JSX.Element {
  const { report, paths } = props;
  const { model, trans } = usePanel();
  const ocr = report.warnings?.find(({ code }) => code === 'needs_ocr');
  return (
    <>
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
      {report.skipped.length > 0 && (
        <Files
          title={trans._n(
            '%1 file passed over',
            '%1 files passed over',
            report.skipped.length
          )}
          files={report.skipped.map(({ path, reason }) => ({
            path,
            why: reason
          }))}
        />
      )}
      {report.failed.length > 0 && (
        <Files
          title={trans.__('What failed')}
          files={report.failed.map(({ path, message, remedy = '' }) => ({
            path,
            why: `${message} ${remedy}`
          }))}
        />
      )}
    </>
  );
}

function Files(props: {
  title: string;
  files: readonly { path: string; why: string }[];
}): JSX.Element {
  const { trans } = usePanel();
  const { title, files } = props;
  return (
    <details className="jp-LocalAI-failures">
      <summary>{title}</summary>
      <ul>
        {files.slice(0, MANY).map(({ path, why }) => (
          <li key={path} title={path}>
            <strong>{nameOf(path)}</strong>: {why}
          </li>
        ))}
        {files.length > MANY && (
          <li>{trans.__('and %1 more', files.length - MANY)}</li>
        )}
      </ul>
    </details>
  );
}
