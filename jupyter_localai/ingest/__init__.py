"""Files in, chunks out: discover what to read, read it, cut it into chunks.

A file format belongs here and nowhere else. Imports text, privacy and results; knows nothing of vectors,
collections or questions.
"""

VERSION = 8
"""Raise it when the same file would be read or cut differently: documents of older versions are read again."""
