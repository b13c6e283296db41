"""Results as people see them. Everything that came from a document, a question or a model is made harmless here.

A value of `results` enters; text, HTML, Markdown or a MIME bundle of them leaves. Imports nothing of ours but
such values and `errors`.
"""
