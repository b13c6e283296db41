"""Question in, cited answer out: retrieve passages, pick sentences, check citations.

A prompt, a ranking or a citation marker belongs here. May import index, schema, errors and
sentences; never ingest.
"""
