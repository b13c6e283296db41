"""Chunks in, hits out: embed texts, keep them in SQLite, and keep their vectors in Chroma.

A vector belongs here and nowhere else. SQLite (`catalogue`) is the record, Chroma (`store`)
can always be rebuilt from it. May import schema, errors, config and privacy; knows nothing
of files' formats or of questions.
"""
