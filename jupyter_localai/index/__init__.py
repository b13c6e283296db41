"""What was read is kept: chunks and vectors in SQLite, and the vectors once more in Chroma.

SQLite (`catalogue`) is the record, Chroma (`chroma`, `folders`) can always be rebuilt from it. Imports embed, text,
privacy and results; knows nothing of the formats of files or of questions.
"""
