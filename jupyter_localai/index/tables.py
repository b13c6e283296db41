"""The tables of ``catalogue.sqlite``, and what each is for."""

SCHEMA_VERSION = 10

TABLES = """
CREATE TABLE collections (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    active INTEGER NOT NULL DEFAULT 1,    -- 0 while it is being built to replace the active one of its name
    chroma_name TEXT NOT NULL,            -- Chroma allows fewer names than users type
    folder TEXT NOT NULL DEFAULT '',      -- where Chroma keeps it; empty when Chroma has yet to be given it
    seal TEXT NOT NULL DEFAULT '',        -- signed: that the folder was made here, and how it was closed
    buried INTEGER NOT NULL DEFAULT 0,    -- chunks deleted from the folder since it was built
    texts INTEGER NOT NULL DEFAULT 0,     -- 1 when the folder also has texts, for other clients of Chroma
    embedder TEXT NOT NULL,               -- name of the embedding model
    fingerprint TEXT NOT NULL             -- its weights; another fingerprint is another vector space
);
CREATE UNIQUE INDEX collections_by_name ON collections(name, active);
CREATE TABLE roots (
    collection_id INTEGER NOT NULL REFERENCES collections(id) ON DELETE CASCADE,
    path TEXT NOT NULL,
    rules TEXT NOT NULL,                  -- JSON of results.Rules
    PRIMARY KEY (collection_id, path)
);
CREATE TABLE documents (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    collection_id INTEGER NOT NULL REFERENCES collections(id) ON DELETE CASCADE,
    path TEXT NOT NULL,                   -- absolute
    root TEXT NOT NULL,
    words TEXT NOT NULL,                  -- the file's name, for the keyword index
    size INTEGER NOT NULL,
    mtime_ns INTEGER NOT NULL,            -- 0 when too fresh to be trusted
    ctime_ns INTEGER NOT NULL,
    sha256 TEXT NOT NULL,                 -- of the bytes that were read
    reading INTEGER NOT NULL,             -- version of the readers that made it
    kind TEXT NOT NULL,
    title TEXT NOT NULL,                  -- the document's own, or empty
    state TEXT NOT NULL CHECK (state IN ('pending', 'ready', 'failed')),
    code TEXT NOT NULL DEFAULT '',        -- why a failed document failed
    message TEXT NOT NULL DEFAULT '',
    remedy TEXT NOT NULL DEFAULT '',
    indexed REAL,                         -- when it was last read, in seconds since 1970; NULL before version 5
    needs_ocr TEXT NOT NULL DEFAULT '',   -- its pages that only OCR can read and has not read: "2,3"
    UNIQUE (collection_id, path)
);
CREATE INDEX documents_by_state ON documents(state) WHERE state != 'ready';
CREATE TABLE vectors (                    -- never embed the same text twice
    id INTEGER PRIMARY KEY,
    key BLOB NOT NULL UNIQUE,             -- hash of the model's fingerprint and the embedded text, or of its source
    vector BLOB NOT NULL                  -- float16, little endian, unit length; empty where only a server has it
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
    parts TEXT NOT NULL DEFAULT '',       -- words inside the words, for the keyword index; mostly empty
    after TEXT NOT NULL,
    places TEXT NOT NULL,                 -- JSON: [[start, end, anchor], ...]
    vector_id INTEGER NOT NULL REFERENCES vectors(id),
    held INTEGER NOT NULL DEFAULT 0       -- by Chroma: 0 not yet, 1 with outdated metadata, 2 as it is
);
CREATE INDEX chunks_by_document ON chunks(document_id, seq);
CREATE INDEX chunks_by_collection ON chunks(collection_id);
CREATE INDEX chunks_by_vector ON chunks(vector_id);
CREATE INDEX chunks_not_held ON chunks(collection_id) WHERE held < 2;
CREATE TABLE tombstones (                 -- chunks that Chroma has yet to forget
    collection_id INTEGER NOT NULL,
    chunk_id INTEGER NOT NULL,
    PRIMARY KEY (collection_id, chunk_id)
) WITHOUT ROWID;
CREATE TABLE state (                      -- of the store as a whole
    key TEXT PRIMARY KEY,
    value BLOB NOT NULL
) WITHOUT ROWID;
"""

FORGOTTEN = """
CREATE TABLE forgotten (                  -- paths the user took out of folders that are still indexed
    collection TEXT NOT NULL,             -- the name of the one that leaves them out; empty for former roots
    mark BLOB NOT NULL,                   -- keyed hash: the path itself must not stay on disk
    PRIMARY KEY (collection, mark)
) WITHOUT ROWID;
"""

RECOGNISED = """
CREATE TABLE recognised (                 -- what OCR has read of pages: an interrupted run goes on at the next page
    sha256 TEXT NOT NULL,                 -- of the file
    page INTEGER NOT NULL,                -- from 1
    text TEXT NOT NULL,
    confidence REAL NOT NULL,             -- 0 to 1
    PRIMARY KEY (sha256, page)
) WITHOUT ROWID;
"""

PAGES = """
CREATE TABLE pages (                      -- of documents that have pages, slides or sheets
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    collection_id INTEGER NOT NULL,
    document_id INTEGER NOT NULL REFERENCES documents(id) ON DELETE CASCADE,
    first INTEGER NOT NULL,               -- position of its first chunk in the document
    last INTEGER NOT NULL,
    head TEXT NOT NULL,                   -- its first lines, without those of every page; may be empty
    vector_id INTEGER REFERENCES vectors(id)  -- of the head; NULL while it has none
);
CREATE INDEX pages_by_document ON pages(document_id, first);
CREATE INDEX pages_by_collection ON pages(collection_id);
CREATE INDEX pages_by_vector ON pages(vector_id);
"""

CONVERSATIONS = """
CREATE TABLE conversations (
    id TEXT PRIMARY KEY,
    title TEXT NOT NULL,                  -- the first question
    created REAL NOT NULL,                -- seconds since 1970
    changed REAL NOT NULL,
    name TEXT NOT NULL DEFAULT '',        -- the user's own; empty for the title
    pinned INTEGER NOT NULL DEFAULT 0     -- listed first, and kept however many there are
) WITHOUT ROWID;
CREATE TABLE turns (
    conversation TEXT NOT NULL REFERENCES conversations(id) ON DELETE CASCADE,
    seq INTEGER NOT NULL,
    collection TEXT NOT NULL,
    answer TEXT NOT NULL,                 -- JSON of results.Answer
    PRIMARY KEY (conversation, seq)
) WITHOUT ROWID;
CREATE TABLE sources (                    -- the documents an answer was made from, to be forgotten with them
    conversation TEXT NOT NULL,
    seq INTEGER NOT NULL,
    path TEXT NOT NULL,
    PRIMARY KEY (conversation, seq, path),
    FOREIGN KEY (conversation, seq) REFERENCES turns(conversation, seq) ON DELETE CASCADE
) WITHOUT ROWID;
CREATE INDEX sources_by_path ON sources(path);
"""

PROMPTS = """
CREATE TABLE prompts (                    -- what was sent for an answer, so that the same is answered the same
    key TEXT NOT NULL,                    -- digest
    conversation TEXT NOT NULL,
    seq INTEGER NOT NULL,
    made REAL NOT NULL,                   -- when the answer was written, in seconds since 1970
    PRIMARY KEY (key, conversation, seq),
    FOREIGN KEY (conversation, seq) REFERENCES turns(conversation, seq) ON DELETE CASCADE
) WITHOUT ROWID;
CREATE INDEX prompts_by_turn ON prompts(conversation, seq);
"""

FEEDBACK = """
CREATE TABLE feedback (                   -- what the user said of answers
    conversation TEXT NOT NULL,
    seq INTEGER NOT NULL,
    useful INTEGER NOT NULL,              -- 1 or 0
    PRIMARY KEY (conversation, seq),
    FOREIGN KEY (conversation, seq) REFERENCES turns(conversation, seq) ON DELETE CASCADE
) WITHOUT ROWID;
"""

SUMMARIES = """
CREATE TABLE summaries (                  -- what a chat model made of sections
    key BLOB PRIMARY KEY,                 -- hash of the model and of all that it was given
    text TEXT NOT NULL                    -- JSON: [[sentence, [position of a passage it cites, ...]], ...]
) WITHOUT ROWID;
CREATE TABLE summarised (                 -- the chunks a summary was made from, to be gone with any of them
    key BLOB NOT NULL REFERENCES summaries(key) ON DELETE CASCADE,
    chunk_id INTEGER NOT NULL,
    PRIMARY KEY (key, chunk_id)
) WITHOUT ROWID;
CREATE INDEX summarised_by_chunk ON summarised(chunk_id);
CREATE TRIGGER summaries_of_chunk AFTER DELETE ON chunks BEGIN
    DELETE FROM summaries WHERE key IN (SELECT key FROM summarised WHERE chunk_id = old.id); END;
"""

# Two keyword indexes per collection, so that word statistics never mix between collections: of its chunks, and of
# its documents' names and titles. They keep no copy of the text: they read it through views. A file's name is
# searched but not embedded, so that renaming a file embeds nothing. Vowel signs (Mn, Mc) belong to words.
KEYWORDS = """
CREATE VIEW "chunks_{id}" AS
    SELECT c.id, c.document_id, d.words AS name, c.context, c.text, c.parts
    FROM chunks c JOIN documents d ON d.id = c.document_id WHERE c.collection_id = {id};
CREATE VIRTUAL TABLE "keywords_{id}" USING fts5(
    name, context, text, parts, content='chunks_{id}', content_rowid='id',
    tokenize="porter unicode61 remove_diacritics 2 categories 'L* N* Co Mn Mc'"
);
CREATE VIEW "documents_{id}" AS SELECT id, words, title FROM documents WHERE collection_id = {id};
CREATE VIRTUAL TABLE "names_{id}" USING fts5(
    words, title, content='documents_{id}', content_rowid='id',
    tokenize="porter unicode61 remove_diacritics 2 categories 'L* N* Co Mn Mc'"
);
"""

# A third one, of the heads of pages.
HEADS = """
CREATE VIEW "pages_{id}" AS SELECT id, document_id, head FROM pages WHERE collection_id = {id} AND head != '';
CREATE VIRTUAL TABLE "heads_{id}" USING fts5(
    head, content='pages_{id}', content_rowid='id',
    tokenize="porter unicode61 remove_diacritics 2 categories 'L* N* Co Mn Mc'"
);
"""


def statements(script: str) -> list[str]:
    """Return the statements of a script of this module."""
    return script.strip().rstrip(";").split(";\n")
