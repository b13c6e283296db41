/**
 * The JSON that the server extension sends and accepts.
 *
 * The Python side defines it in `results/`; fields that do not apply are omitted.
 */

/** The place of a span in a file; `cell` counts from 0, the other numbers from 1. */
export interface IAnchor {
  page?: number;
  line?: number;
  cell?: number;
  cell_id?: string;
  slide?: number;
  sheet?: string;
  row?: number;
  heading?: string;
  /** How sure OCR is of what it read there, from 0 to 1. */
  ocr?: number;
}

/** A span of a document; `contents` is its contents-API path when it is below the server's root. */
export interface IPlace {
  path: string;
  contents?: string;
  anchor: IAnchor;
  start: number;
  end: number;
}

/** A cited place and its text. */
export interface ICited extends IPlace {
  quote: string;
}

/** The current place of a citation; `kind` is the reader's name for the kind of file, empty if unknown. */
export interface ILocated extends IPlace {
  state: 'same' | 'moved' | 'changed' | 'missing' | 'unknown';
  kind: string;
  /** The indexed text around the span, which begins at `text_start`, if it was asked for. */
  text?: string;
  text_start?: number;
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

/** A verified link from a marker such as `[1]` to the quote that supports the claim. */
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
  select?: string;
  /** The text attached to the question. */
  context?: string;
  /** When the answer was written, ISO 8601, if the same question had been asked before. */
  remembered?: string;
  /** What the user said of it. */
  useful?: boolean;
}

export interface IProgress {
  stage: string;
  done?: number;
  /** Absent while it is not known. */
  total?: number;
  unit?:
    | 'files'
    | 'chunks'
    | 'bytes'
    | 'questions'
    | 'sections'
    | 'seconds'
    | 'pages';
  /** How many pages OCR reads. */
  per_minute?: number;
  /** The name of the file that is worked on. */
  name?: string;
}

/** One event of an answer in progress; unknown types are ignored. */
export type AskEvent =
  | {
      type: 'passages';
      passages: IHit[];
      query?: string;
      /** Where the answer will be kept. */
      conversation?: string;
    }
  | ({ type: 'progress' } & IProgress)
  | { type: 'thinking'; text: string }
  | { type: 'token'; text: string }
  | ({ type: 'answer' } & IAnswer);

/** One event of a job or a download. */
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
  /** Listed first, and kept however many there are. */
  pinned?: boolean;
}

/** The forms in which a conversation is handed in. */
export type ExportForm =
  'markdown' | 'html' | 'notebook' | 'quotes' | 'bibtex' | 'csl';

/** How much was said of answers; `text` has the questions for measuring that this makes, one a line. */
export interface IFeedback {
  answers: number;
  questions: number;
  text: string;
}

export interface ICollection {
  name: string;
  documents: number;
  chunks: number;
  embedder: string;
  roots: string[];
  /** The roots that JupyterLab shows, as contents-API paths. */
  folders?: string[];
  /** What it follows on a server; absent for a collection of files that are indexed here. */
  shared?: IAttachment;
}

/** What an attached collection follows; `synced` in seconds since 1970, `code` tells what is wrong. */
export interface IAttachment {
  address: string;
  revision: number;
  synced: number;
  vectors: 'local' | 'remote';
  code: string;
  message: string;
  remedy: string;
}

/** A document of a collection; `indexed` is the time it was last read, in seconds since 1970. */
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
  /** Whether the panel may index and remove it. */
  changeable?: boolean;
}

/** A folder or file that a collection indexes. */
export interface IRoot {
  path: string;
  contents?: string;
  documents: number;
  changeable?: boolean;
}

/** A page of a collection's documents; `total` counts all matches, `failed` all failed documents. */
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
  /** Only documents with this text in their path below their root. */
  name?: string;
  /** Only these files and the contents of these folders, as contents-API paths. */
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
  engine?: { watching?: IFollowing[]; memory_bytes?: number };
}

/** Whether a collection follows its folders by itself, and how. */
export interface IFollowing {
  collection: string;
  how: 'off' | 'system' | 'polling';
  seconds: number;
  message: string;
  remedy: string;
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
  /** Of this machine and of its GPUs. */
  memory_bytes: number;
  gpu_bytes: number;
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
  warnings?: { code: string; message: string; remedy?: string }[];
}

/** Options of an indexing run. */
export interface IIndexing {
  /** Index only paths within the collection's roots, by the rules of these roots. */
  refresh?: boolean;
  /** Try failed documents again even if they have not changed. */
  retry?: boolean;
  /** Have OCR read what only it can read, after everything else. */
  ocr?: boolean;
  /** Read nothing if there are more documents than this. */
  max_documents?: number;
}

/** What came in from a bundle. */
export interface IImportReport {
  collection: string;
  documents: number;
}

export interface IForgetReport {
  documents: number;
  chunks: number;
  collections: string[];
  /** Those made of them, about their text, or after such ones. */
  answers: number;
  conversations: number;
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

/** The kinds of things that change; each has a stamp, a number that changes with every change. */
export type Topic = 'jobs' | 'documents' | 'conversations' | 'models';
export type IStamps = Readonly<Partial<Record<Topic, number>>>;

/** The settings that the panel's form changes, by their names in `localai.toml`. */
export interface SettingValues {
  model: string;
  system_prompt: string;
  passages: number;
  context_tokens: number;
  quotes: boolean;
}

/** The values that hold, and the environment's variables that fix some of them. */
export interface ISettings {
  /** The user's configuration file. */
  file: string;
  values: SettingValues;
  defaults: SettingValues;
  fixed: Partial<Record<keyof SettingValues, string>>;
}

/** One check of the doctor; a `promise` is about privacy, and a check that is not `needed` is optional. */
export interface ICheck {
  name: string;
  ok: boolean;
  detail: string;
  remedy: string;
  needed: boolean;
  promise: boolean;
}

/** The doctor's result; `elsewhere` is the chat model's address if the settings allow another machine. */
export interface IDiagnosis {
  ok: boolean;
  checks: ICheck[];
  enforcement: string;
  elsewhere?: string;
}

/** An error and its remedy. */
export interface IError {
  code: string;
  message: string;
  remedy: string;
}

/** What an overview is asked of. */
export interface ISummary {
  /** Contents paths of files and folders; without any, the whole collection. */
  documents: readonly string[];
  /** Absent for the collections that have the documents. */
  collection?: string | readonly string[];
  model?: string;
  extractive?: boolean;
  conversation?: string;
  /** How many answers of the conversation stay before the new one. */
  after?: number;
}

export interface IQuestion {
  question: string;
  collection?: string | readonly string[];
  model?: string;
  extractive?: boolean;
  /** Ask again although the answer is remembered. */
  fresh?: boolean;
  /** How many answers of the conversation stay before the new one. */
  after?: number;
  conversation?: string;
  /** A text attached to the question, such as code and its error. */
  context?: string;
  /** The contents path of the file that the text comes from. */
  context_path?: string;
  /** The contents path of the document that the question is limited to. */
  document?: string;
}
