import type * as nbformat from '@jupyterlab/nbformat';

/** The most characters that may be attached to a question; the server has the same limit. */
export const MOST = 20_000;

const TRACEBACK = 8_000;
const SOURCE = 8_000;
const OUTPUT = 3_000;

/** The share of a shortened text that comes from its beginning; the rest comes from its end. */
const BEGINNING = 0.4;

// colours and cursor movements, links and titles, and remains of truncated codes
const ANSI =
  // eslint-disable-next-line no-control-regex
  /\x1b[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)|(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]|\x1b[ -/]*[0-~]|\x1b|\x9b/g;

/** The names that versions of IPython give to a cell's frame. */
const OWN_FRAME = /^(Cell In ?\[|Input In ?\[|<ipython-input-)/;

/** Return a text to attach: a first line that names it, and its parts. */
export function attachedText(
  label: string,
  ...parts: (string | [string, string])[]
): string {
  const shown = parts
    .map(part => (Array.isArray(part) ? part : (['', part] as const)))
    .filter(([, text]) => text.trim())
    .map(([title, text]) => (title ? `${title}:\n\n${text}` : text));
  return withoutMiddle([`${label}:`, ...shown].join('\n\n'), MOST);
}

/** Return a cell's source and its text outputs. */
export function cellText(
  label: string,
  source: string,
  outputs: readonly nbformat.IOutput[] = []
): string {
  const output = outputs.map(textOf).filter(Boolean).join('\n');
  return attachedText(label, withoutMiddle(source, SOURCE), [
    'Output',
    withoutMiddle(output, OUTPUT)
  ]);
}

/** Return a cell's source and its error. */
export function errorText(
  label: string,
  source: string,
  error: nbformat.IError
): string {
  return attachedText(
    label,
    withoutMiddle(source, SOURCE),
    ['Error', withoutMiddle(nameOf(error), 2_000)],
    ['Traceback', boundedTraceback(error.traceback, TRACEBACK)]
  );
}

/** Return a cell's last error; null for none. */
export function lastError(
  outputs: readonly nbformat.IOutput[]
): nbformat.IError | null {
  const errors = outputs.filter(output => output.output_type === 'error');
  return (errors[errors.length - 1] as nbformat.IError | undefined) ?? null;
}

/** Return an error's name and message. */
export function nameOf({ ename, evalue }: nbformat.IError): string {
  return withoutAnsi([ename, evalue].filter(Boolean).join(': '));
}

/** Return an error's name and the first line of its message. */
export function errorTitle(error: nbformat.IError): string {
  const line = nameOf(error).trim().split('\n')[0];
  return line.length > 200 ? `${line.slice(0, 200)}…` : line;
}

/**
 * Return the most useful frames of a traceback: those of the user's own cells, and the last ones.
 *
 * Each piece from the kernel is a frame or a line.
 */
export function boundedTraceback(
  pieces: readonly string[],
  limit: number
): string {
  const plain = pieces.map(piece => withoutAnsi(piece).trimEnd());
  const whole = plain.join('\n');
  if (whole.length <= limit) {
    return whole;
  }
  const room = plain.map(piece => Math.min(piece.length, limit / 4));
  const kept = new Set<number>();
  let left = limit;
  const keep = (place: number): boolean => {
    if (!kept.has(place) && room[place] <= left) {
      kept.add(place);
      left -= room[place];
    }
    return kept.has(place);
  };
  keep(plain.length - 1);
  plain.forEach((piece, place) => OWN_FRAME.test(piece) && keep(place));
  let place = plain.length - 1;
  while (place >= 0 && keep(place)) {
    place -= 1;
  }
  const shown: string[] = [];
  plain.forEach((piece, place) => {
    if (kept.has(place)) {
      shown.push(withoutMiddle(piece, room[place]));
    } else if (shown[shown.length - 1] !== '[…]') {
      shown.push('[…]');
    }
  });
  return shown.join('\n');
}

/** Return a text without terminal codes. */
export function withoutAnsi(text: string): string {
  return text.replace(ANSI, '');
}

/** Shorten a text to a limit by replacing its middle with a mark. */
export function withoutMiddle(text: string, limit: number): string {
  if (text.length <= limit) {
    return text;
  }
  const mark = '\n[…]\n';
  const room = Math.max(0, Math.floor(limit) - mark.length);
  const beginning = Math.floor(room * BEGINNING);
  const end = text.length - (room - beginning);
  return (
    text.slice(0, beginning).replace(/[\ud800-\udbff]$/, '') +
    mark +
    text.slice(end).replace(/^[\udc00-\udfff]/, '')
  );
}

/** Return the label and the first line of an attached text. */
export function labelOf(text: string): { label: string; first: string } {
  const [head, ...rest] = text.split('\n');
  const first = rest.find(line => line.trim()) ?? '';
  return { label: head.replace(/:$/, ''), first: first.trim() };
}

function textOf(output: nbformat.IOutput): string {
  switch (output.output_type) {
    case 'stream':
      return withoutAnsi(joined(output.text)).trimEnd();
    case 'error':
      return nameOf(output as nbformat.IError);
    default: {
      const data = (output.data ?? {}) as nbformat.IMimeBundle;
      return withoutAnsi(joined(data['text/plain'])).trimEnd();
    }
  }
}

function joined(text: unknown): string {
  return Array.isArray(text)
    ? text.join('')
    : typeof text === 'string'
      ? text
      : '';
}
