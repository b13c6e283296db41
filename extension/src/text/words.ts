import type { TranslationBundle } from '@jupyterlab/translation';

import type { ITurn } from '../model/conversation';
import type { IRun } from '../model/run';
import { stateOf } from '../model/run';
import type { IAnchor, IDiagnosis, IProgress } from '../net/wire';

/** How sure OCR is at least of a page that is cited without a word about it, as in Python. */
const UNSURE = 0.85;

/** Return an anchor in words, such as "page 3", or its innermost heading when it has no number. */
export function placeOf(anchor: IAnchor, trans: TranslationBundle): string {
  const parts = [
    anchor.page !== undefined && trans.__('page %1', anchor.page),
    anchor.slide !== undefined && trans.__('slide %1', anchor.slide),
    anchor.sheet !== undefined && trans.__('sheet %1', anchor.sheet),
    anchor.row !== undefined && trans.__('row %1', anchor.row),
    anchor.cell !== undefined && trans.__('cell %1', anchor.cell),
    anchor.line !== undefined && trans.__('line %1', anchor.line),
    (anchor.ocr ?? 1) < UNSURE && trans.__('uncertain OCR')
  ].filter(Boolean);
  return parts.join(', ') || (anchor.heading ?? '').split(' > ').pop()!;
}

/** What is being done, in words; those of Python, held equal by a test. */
export function stageOf(stage: string, trans: TranslationBundle): string {
  switch (stage) {
    case 'start':
      return trans.__('Starting the engine…');
    case 'wait':
      return trans.__('Waiting for other work on the index…');
    case 'list':
      return trans.__('Looking for documents…');
    case 'load':
      return trans.__('Loading the embedding model…');
    case 'index':
      return trans.__('Indexing…');
    case 'ocr':
      return trans.__('Reading by OCR…');
    case 'check':
      return trans.__('Checking the index after an interruption…');
    case 'rebuild':
      return trans.__('Building the vector index…');
    case 'scrub':
      return trans.__('Removing what was forgotten…');
    case 'pull':
      return trans.__('Ollama is downloading…');
    case 'model':
      return trans.__('Waiting for the chat model…');
    case 'think':
      return trans.__('The chat model is thinking…');
    case 'summarize':
      return trans.__('Summing up…');
    case 'fetch':
      return trans.__('Downloading…');
    case 'evaluate':
      return trans.__('Asking…');
    case 'export':
      return trans.__('Exporting…');
    case 'import':
      return trans.__('Importing…');
    case 'share':
      return trans.__('Sharing…');
    case 'sync':
      return trans.__('Following the shared collection…');
    default:
      return trans.__('Searching your documents…');
  }
}

/** Return what is being done before an answer, with the seconds that have passed and the estimate. */
export function waitOf(progress: IProgress, trans: TranslationBundle): string {
  const { stage, done = 0, total, unit } = progress;
  const words = stageOf(stage, trans);
  if (unit !== 'seconds' || (!done && !total)) {
    return words;
  }
  return total
    ? trans.__('%1 %2 of about %3 s', words, done, total)
    : trans.__('%1 %2 s', words, done);
}

/** Return the share of work done, from 0 to 1; null while the total is unknown. */
export function shareOf(progress?: IProgress | null): number | null {
  const { done = 0, total } = progress ?? {};
  return total ? Math.min(1, done / total) : null;
}

/** Return the time left in words; empty while it is not known. */
export function leftOf(
  seconds: number | undefined,
  trans: TranslationBundle
): string {
  if (seconds === undefined) {
    return '';
  }
  if (seconds < 10) {
    return trans.__('a few seconds left');
  }
  if (seconds < 90) {
    return trans.__('about %1 s left', 10 * Math.round(seconds / 10));
  }
  return seconds < 90 * 60
    ? trans.__('about %1 min left', Math.round(seconds / 60))
    : trans.__('about %1 h left', Math.round(seconds / 3600));
}

/** Return a summary of all indexing runs; empty when they are idle. */
export function summaryOf(
  runs: readonly IRun[],
  trans: TranslationBundle
): string {
  const asking = runs.find(run => stateOf(run) === 'asking');
  if (asking) {
    return trans.__('Indexing waits for your confirmation');
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

/** Return a number of bytes as text, such as "2.6 GB". */
export function sizeOf(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let unit = 0;
  while (bytes >= 999.5 && unit < units.length - 1) {
    bytes /= 1000;
    unit += 1;
  }
  return `${bytes < 10 && unit ? bytes.toFixed(1) : Math.round(bytes)} ${units[unit]}`;
}

/** Return the doctor's diagnosis in a sentence. */
export function headlineOf(
  { checks, enforcement, elsewhere }: IDiagnosis,
  trans: TranslationBundle
): string {
  const failed = checks.filter(({ ok, needed }) => needed && !ok);
  const broken = failed.filter(({ promise }) => promise);
  const namesOf = (some: typeof failed): string =>
    some.map(({ name }) => name).join(', ');
  if (enforcement === 'unknown') {
    return trans.__('The engine could not be checked: %1.', namesOf(failed));
  }
  if (broken.length) {
    return trans.__('A privacy promise is broken: %1.', namesOf(broken));
  }
  const privacy = elsewhere
    ? trans.__(
        'Questions and passages go to %1, as the settings allow. Nothing else leaves this machine.',
        elsewhere
      )
    : enforcement === 'kernel'
      ? trans.__('Nothing leaves this machine: the operating system blocks it.')
      : enforcement === 'process'
        ? trans.__('Nothing leaves this machine: the engine blocks it.')
        : trans.__('Nothing leaves this machine, but nothing enforces this.');
  return failed.length
    ? `${privacy} ${trans.__('Not working: %1.', namesOf(failed))}`
    : privacy;
}

/** The last part of a path. */
export function nameOf(path: string): string {
  return path.split(/[\\/]/).pop() || path;
}

/** How well a quote supports what it stands for, by the limits of the other forms of an answer. */
export function supportOf(
  support: number,
  trans: TranslationBundle
): { degree: 'well' | 'partly' | 'hardly'; said: string } {
  if (support >= 0.6) {
    return { degree: 'well', said: trans.__('well supported') };
  }
  return support >= 0.4
    ? { degree: 'partly', said: trans.__('partly supported') }
    : { degree: 'hardly', said: trans.__('hardly supported') };
}

/** The first sentence of each warning, in one line. */
export function headsOf(warnings: readonly string[]): string {
  return warnings
    .map(warning => warning.split('. ', 1)[0].replace(/\.$/, ''))
    .join(' · ');
}

/** Return what came of a question, for those who do not see it. */
export function outcomeOf(
  { state, error, answer }: ITurn,
  collection: string,
  trans: TranslationBundle
): string {
  switch (state) {
    case 'stopped':
      return trans.__('Stopped.');
    case 'failed':
      return error!.code === 'unknown_collection'
        ? trans.__('Nothing is indexed in “%1” yet.', collection)
        : `${error!.message} ${error!.remedy}`;
    default:
      return trans._n(
        'Answer ready, %1 source.',
        'Answer ready, %1 sources.',
        answer?.citations.length ?? 0
      );
  }
}
