/**
 * What the server extension sends and takes, as JSON.
 *
 * The Python side defines these in `schema.py`; fields that do not apply are left out.
 */

/** Where in a file a stretch of text is found; `cell` counts from 0, the other numbers from 1. */
export interface IAnchor {
  page?: number;
  line?: number;
  cell?: number;
  cell_id?: string;
  slide?: number;
  sheet?: string;
  row?: number;
  heading?: string;
}

/** A stretch of a document; `contents` is its path in the contents API when it lies below the server's root. */
export interface IPlace {
  path: string;
  contents?: string;
  anchor: IAnchor;
  start: number;
  end: number;
}

/** What an answer refers to: a place, and what stands there. */
export interface ICited extends IPlace {
  quote: string;
}

/** Where a cited place is now; `kind` is the reader's name of what the file is, empty when that is not known. */
export interface ILocated extends IPlace {
  state: 'same' | 'moved' | 'changed' | 'missing' | 'unknown';
  kind: string;
}

/** A passage found for a question. */
export interface IHit extends IPlace {
  rank: number;
  score: number;
  similarity: number;
  document: string;
  chunk_id: string;
  text: string;
}

/** A verified link from a marker such as `[1]` to the quote that carries the claim. */
export interface ICitation extends ICited {
  marker: number;
  support: number;
}

export interface IAnswer {
  question: string;
  text: string;
  mode: 'llm' | 'extractive' | 'none';
  citations: ICitation[];
  passages: IHit[];
  warnings: string[];
  seconds: number;
  model?: string;
  prompt_tokens?: number;
  context_tokens?: number;
  dropped_passages?: number;
  query?: string;
  conversation?: string;
  cut_off?: boolean;
  /** The text that the question was about. */
  context?: string;
}

export interface IProgress {
  stage: string;
  files?: number;
  total_files?: number;
  done_bytes?: number;
  total_bytes?: number;
  chunks?: number;
  total_chunks?: number;
}

/** One line of an answer being made; unknown types are passed over. */
export type AskEvent =
  | { type: 'passages'; passages: IHit[]; query?: string }
  | ({ type: 'progress' } & IProgress)
  | { type: 'thinking'; text: string }
  | { type: 'token'; text: string }
  | ({ type: 'answer' } & IAnswer);

/** One line of a job or a download. */
export type WorkEvent<T> =
  ({ type: 'progress' } & IProgress) | { type: 'result'; value: T };

export interface IConversation {
  id: string;
  title: string;
  collection: string;
  created: string;
  changed: string;
  turns: number;
  answers?: IAnswer[];
}

export interface ICollection {
  name: string;
  documents: number;
  chunks: number;
  embedder: string;
  roots: string[];
  /** Those of the roots that JupyterLab shows, by their contents-API paths. */
  folders?: string[];
}

/** A document of a collection; `indexed` is when it was last read, in seconds since 1970. */
export interface IDocument {
  path: string;
  contents?: string;
  root: string;
  kind: string;
  state: 'ready' | 'pending' | 'failed';
  chunks: number;
  title?: string;
  indexed?: number;
  code?: string;
  message?: string;
  remedy?: string;
  /** Whether the server lets the panel index and remove it. */
  changeable?: boolean;
}

/** A folder or file that a collection follows. */
export interface IRoot {
  path: string;
  contents?: string;
  documents: number;
  changeable?: boolean;
}

/** A part of a collection's documents; `total` counts those asked for, `failed` all that failed. */
export interface IDocuments {
  collection: string;
  total: number;
  failed: number;
  roots: IRoot[];
  items: IDocument[];
}

export interface IDocumentsQuery {
  collection: string;
  state?: IDocument['state'];
  /** Only those with this in their path below their root. */
  name?: string;
  /** Only these files, and what lies in these folders, by their contents-API paths. */
  under?: readonly string[];
  limit?: number;
  offset?: number;
}

export interface IStatus {
  documents: number;
  chunks: number;
  pending: number;
  failed: number;
  collections: ICollection[];
}

export interface IModel {
  name: string;
  parameters: string;
  bytes: number;
  fits: boolean;
  chats: boolean;
  remote: boolean;
}

export interface IModels {
  address: string;
  models: IModel[];
  suggestions: { name: string; family: string; bytes: number }[];
}

export interface IFailure {
  path: string;
  code: string;
  message: string;
  remedy?: string;
}

export interface IIndexReport {
  collection: string;
  added: number;
  updated: number;
  unchanged: number;
  removed: number;
  skipped: { path: string; reason: string }[];
  failed: IFailure[];
  chunks: number;
}

/** How files and folders are indexed. */
export interface IIndexing {
  /** Only as far as they lie in roots that the collection has, by the rules of these. */
  refresh?: boolean;
  /** Try those again that have failed, though they have not changed. */
  retry?: boolean;
  /** Read nothing when it would be more. */
  max_documents?: number;
}

export interface IForgetReport {
  documents: number;
  chunks: number;
  collections: string[];
}

export interface IJob {
  id: string;
  kind: string;
  state: 'running' | 'done' | 'failed' | 'cancelled';
  collection?: string;
  progress?: IProgress;
  result?: unknown;
  error?: IError;
}

/** The kinds of things that change; each has a number that is another when something of it changed. */
export type Topic = 'jobs' | 'documents' | 'conversations' | 'models';
export type IStamps = Readonly<Partial<Record<Topic, number>>>;

/** One thing that the doctor looked at; a `promise` is about privacy, and what is not `needed` can be done without. */
export interface ICheck {
  name: string;
  ok: boolean;
  detail: string;
  remedy: string;
  needed: boolean;
  promise: boolean;
}

/** `elsewhere` is the chat model's address when the settings allow one on another machine. */
export interface IDiagnosis {
  ok: boolean;
  checks: ICheck[];
  enforcement: string;
  elsewhere?: string;
}

/** What went wrong and the one thing to do about it. */
export interface IError {
  code: string;
  message: string;
  remedy: string;
}

export interface IQuestion {
  question: string;
  collection?: string;
  model?: string;
  extractive?: boolean;
  conversation?: string;
  /** Text that the question is about, such as code and its error. */
  context?: string;
  /** The contents path of the only document to ask. */
  document?: string;
}
