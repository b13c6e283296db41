import type {
  IAnchor,
  IAnswer,
  ICitation,
  ICited,
  IHit,
  IPlace
} from './net/wire';

/** The form of an answer in a notebook's output. */
export const ANSWER_TYPE = 'application/vnd.jupyter-localai.answer+json';

const MODES = ['llm', 'extractive', 'none'];
const MOST = 1000;
const NUMBERS = ['page', 'line', 'cell', 'slide', 'row'] as const;
const TEXTS = ['cell_id', 'sheet', 'heading'] as const;

type Fields = Record<string, unknown>;

/** What does not have the shape of an answer. */
class Malformed extends Error {}

/** Return the answer that stands in a notebook; null for anything else, since anybody may have written it. */
export function readAnswer(value: unknown): IAnswer | null {
  return unless(() => answer(fields(value)));
}

/** Return what a part of a page says that it cites; null when it says nothing of the kind. */
export function readCited(json: string): ICited | null {
  return unless(() => {
    const given = fields(JSON.parse(json));
    return { ...place(given), quote: text(given.quote ?? '') };
  });
}

/** Return what is read; null when it is malformed. */
function unless<T>(read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    if (error instanceof Malformed || error instanceof SyntaxError) {
      return null;
    }
    throw error;
  }
}

function answer(given: Fields): IAnswer {
  const mode = text(given.mode);
  if (!MODES.includes(mode)) {
    throw new Malformed();
  }
  return {
    question: text(given.question),
    text: text(given.text),
    mode: mode as IAnswer['mode'],
    citations: list(given.citations, citation),
    passages: list(given.passages, hit),
    warnings: list(given.warnings, text),
    seconds: number(given.seconds),
    ...(given.model !== undefined && { model: text(given.model) }),
    ...(given.query !== undefined && { query: text(given.query) })
  };
}

function citation(value: unknown): ICitation {
  const given = fields(value);
  return {
    ...place(given),
    marker: count(given.marker),
    quote: text(given.quote),
    support: number(given.support)
  };
}

function hit(value: unknown): IHit {
  const given = fields(value);
  return {
    ...place(given),
    rank: count(given.rank),
    score: number(given.score),
    similarity: number(given.similarity),
    document: text(given.document),
    chunk_id: text(given.chunk_id),
    text: text(given.text)
  };
}

/** Return a place; by which path JupyterLab opens it, only the server says. */
function place(given: Fields): IPlace {
  return {
    path: text(given.path),
    anchor: anchor(fields(given.anchor)),
    start: count(given.start),
    end: count(given.end)
  };
}

function anchor(given: Fields): IAnchor {
  const found: IAnchor = {};
  for (const name of NUMBERS) {
    if (given[name] !== undefined) {
      found[name] = count(given[name]);
    }
  }
  for (const name of TEXTS) {
    if (given[name] !== undefined) {
      found[name] = text(given[name]);
    }
  }
  return found;
}

function fields(value: unknown): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new Malformed();
  }
  return value as Fields;
}

function list<T>(value: unknown, of: (item: unknown) => T): T[] {
  if (!Array.isArray(value) || value.length > MOST) {
    throw new Malformed();
  }
  return value.map(of);
}

function text(value: unknown): string {
  if (typeof value !== 'string') {
    throw new Malformed();
  }
  return value;
}

function number(value: unknown): number {
  if (typeof value !== 'number') {
    throw new Malformed();
  }
  return value;
}

function count(value: unknown): number {
  if (!Number.isSafeInteger(value) || (value as number) < 0) {
    throw new Malformed();
  }
  return value as number;
}
