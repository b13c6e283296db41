"""The index keeps what was read: chunks and vectors in SQLite, and the vectors once more in Chroma.

SQLite (`catalogue`) is the record, Chroma (`chroma`, `folders`) can always be rebuilt from it. The room imports
embed, text, privacy and results, and knows no file formats and no questions.
"""
