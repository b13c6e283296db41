"""A text becomes a vector: which model, which runtime, weights, tokenizer, download.

Texts enter, unit-length vectors leave. A vector is computed here and nowhere else.
"""
