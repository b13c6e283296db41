"""Question in, cited answer out: retrieve passages, pick sentences, check citations.

A prompt, a ranking or a citation marker belongs here. Imports index, embed, ollama, text and results; never
ingest.
"""
