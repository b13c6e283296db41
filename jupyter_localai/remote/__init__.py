"""A collection on a Chroma server: the door to it, sealed records, the log.

Vectors and what is sealed go out, and answers come in that may be wrong or forged. Imports nothing of the store: who
publishes or follows a collection passes what is needed.
"""
