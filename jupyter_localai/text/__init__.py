"""What a text says of itself: sentences, words, keywords, language. Text enters; spans and words leave."""
