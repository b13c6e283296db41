"""The properties of a text: sentences, words, keywords, language.

Text enters; spans, words and shorter text leave.
"""
