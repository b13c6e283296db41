-- the tables of a store of version 1, with one collection
CREATE TABLE collections (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE,
    chroma_name TEXT NOT NULL,            -- Chroma allows fewer names than users type
    embedder TEXT NOT NULL,               -- name of the embedding model
    fingerprint TEXT NOT NULL,            -- its weights; another fingerprint is another vector space
    chunker_version INTEGER NOT NULL
);
CREATE TABLE roots (
    collection_id INTEGER NOT NULL REFERENCES collections(id) ON DELETE CASCADE,
    path TEXT NOT NULL,
    rules TEXT NOT NULL,                  -- JSON of schema.Rules
    PRIMARY KEY (collection_id, path)
);
CREATE TABLE documents (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    collection_id INTEGER NOT NULL REFERENCES collections(id) ON DELETE CASCADE,
    path TEXT NOT NULL,                   -- absolute
    root TEXT NOT NULL,
    size INTEGER NOT NULL,
    mtime_ns INTEGER NOT NULL,
    sha256 TEXT NOT NULL,                 -- of the bytes that were read
    kind TEXT NOT NULL,
    title TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('pending', 'ready', 'failed')),
    code TEXT NOT NULL DEFAULT '',        -- why a failed document failed
    message TEXT NOT NULL DEFAULT '',
    remedy TEXT NOT NULL DEFAULT '',
    UNIQUE (collection_id, path)
);
CREATE INDEX documents_by_state ON documents(state) WHERE state != 'ready';
CREATE TABLE vectors (                    -- never embed the same text twice
    id INTEGER PRIMARY KEY,
    key BLOB NOT NULL UNIQUE,             -- hash of the model's fingerprint and the embedded text
    vector BLOB NOT NULL                  -- float32, little endian, unit length
);
CREATE TABLE chunks (
    id INTEGER PRIMARY KEY AUTOINCREMENT, -- never reused, since Chroma may still hold a deleted one
    collection_id INTEGER NOT NULL,
    document_id INTEGER NOT NULL REFERENCES documents(id) ON DELETE CASCADE,
    seq INTEGER NOT NULL,                 -- position in the document
    start INTEGER NOT NULL,
    "end" INTEGER NOT NULL,
    text TEXT NOT NULL,
    context TEXT NOT NULL,
    after TEXT NOT NULL,
    places TEXT NOT NULL,                 -- JSON: [[start, end, anchor], ...]
    vector_id INTEGER NOT NULL REFERENCES vectors(id)
);
CREATE INDEX chunks_by_document ON chunks(document_id, seq);
CREATE INDEX chunks_by_collection ON chunks(collection_id);
CREATE INDEX chunks_by_vector ON chunks(vector_id);
CREATE TABLE tombstones (                 -- chunks that Chroma has yet to forget
    collection_id INTEGER NOT NULL,
    chunk_id INTEGER NOT NULL,
    PRIMARY KEY (collection_id, chunk_id)
) WITHOUT ROWID;
CREATE VIEW "chunks_1" AS SELECT id, context, text FROM chunks WHERE collection_id = 1;
CREATE VIRTUAL TABLE "keywords_1" USING fts5(
    context, text, content='chunks_1', content_rowid='id', tokenize='porter unicode61 remove_diacritics 2'
);
PRAGMA user_version = 1;
