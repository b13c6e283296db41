"""Files in, chunks out: discover what to read, read it, cut it into chunks.

A path or a file format belongs here and nowhere else. May import schema, errors and
sentences; knows nothing of vectors, collections or questions.
"""

VERSION = 4
"""Raise it when the same file would be read or cut differently: documents of older versions are read again."""
