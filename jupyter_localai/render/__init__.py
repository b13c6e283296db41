"""Results as people see them: text, HTML, Markdown and MIME bundles.

This room makes text of documents, questions and models inert. It takes values of `results` and imports only these and
`errors`.
"""
