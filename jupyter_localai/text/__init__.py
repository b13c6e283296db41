"""What a text says of itself: sentences, words, keywords, language.

Text enters; spans, words and shorter text leave.
"""
