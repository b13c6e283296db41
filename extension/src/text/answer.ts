import type {
  IAnchor,
  IAnswer,
  ICitation,
  ICited,
  IHit,
  IPlace
} from '../net/wire';

/** The MIME type of an answer in a notebook output. */
export const ANSWER_TYPE = 'application/vnd.jupyter-localai.answer+json';

const MODES = ['llm', 'extractive', 'none'];
const MOST = 1000;
const NUMBERS = ['page', 'line', 'cell', 'slide', 'row'] as const;
const TEXTS = ['cell_id', 'sheet', 'heading'] as const;

type Fields = Record<string, unknown>;

/** A value does not have the shape of an answer. */
class FormatError extends Error {}

/** Return the answer in a notebook output; null for any other value, because anybody may have written it. */
export function readAnswer(value: unknown): IAnswer | null {
  return unless(() => answer(fields(value)));
}

/** Return the citation that an element of a page carries; null when it carries none. */
export function readCited(json: string): ICited | null {
  return unless(() => {
    const given = fields(JSON.parse(json));
    return { ...place(given), quote: text(given.quote ?? '') };
  });
}

/** Return the result of `read`; null when the value is malformed. */
function unless<T>(read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    if (error instanceof FormatError || error instanceof SyntaxError) {
      return null;
    }
    throw error;
  }
}

function answer(given: Fields): IAnswer {
  const mode = text(given.mode);
  if (!MODES.includes(mode)) {
    throw new FormatError();
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

/** Return a place without its contents path, which only the server may give. */
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
  if (given.ocr !== undefined) {
    found.ocr = number(given.ocr);
  }
  return found;
}

function fields(value: unknown): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new FormatError();
  }
  return value as Fields;
}

function list<T>(value: unknown, of: (item: unknown) => T): T[] {
  if (!Array.isArray(value) || value.length > MOST) {
    throw new FormatError();
  }
  return value.map(of);
}

function text(value: unknown): string {
  if (typeof value !== 'string') {
    throw new FormatError();
  }
  return value;
}

function number(value: unknown): number {
  if (typeof value !== 'number') {
    throw new FormatError();
  }
  return value;
}

function count(value: unknown): number {
  if (!Number.isSafeInteger(value) || (value as number) < 0) {
    throw new FormatError();
  }
  return value as number;
}
