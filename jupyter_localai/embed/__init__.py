"""Text becomes vectors: models, runtimes, weights, tokenizer, download.

Texts enter, unit-length vectors leave. A vector is computed here and nowhere else.
"""
