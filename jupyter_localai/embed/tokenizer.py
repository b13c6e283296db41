"""The embedding model's own tokens, to size chunks and fill batches.

Needs the tokenizer file only; loads neither torch nor a model.
"""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from ..errors import EmbedderError

BATCH_TOKENS = 2048
"""Tokens in one batch on a CPU, padding included. Larger batches gain nothing there, and have more padding."""

_LONGEST = 256
"""Tokens that are read of one text where the model does not tell."""
_SEVERAL_LANGUAGES = 60_000
"""Tokens; vocabularies of one language have some 30,000, those of many more than 100,000."""


class Tokenizer:
    """Counts and numbers the tokens of texts.

    Raises
    ------
    EmbedderError
        ``weights_unusable`` when the folder has no readable tokenizer.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._loaded: Any = None

    @property
    def longest(self) -> int:
        """What the model reads of one text, in tokens, the two special ones included."""
        told = self._told("sentence_bert_config.json", "max_seq_length")
        return told or min(_LONGEST, self._told("config.json", "max_position_embeddings") or _LONGEST)

    def _told(self, file: str, name: str) -> int:
        try:
            return int(json.loads((self._folder / file).read_text(encoding="utf-8"))[name])
        except (OSError, ValueError, KeyError, TypeError):
            return 0

    def starts(self, text: str) -> list[int]:
        """Return the offset of every token of `text`, ascending, without special tokens."""
        blocks = list(_blocks(text))
        encodings = self._tokenizer().encode_batch([text[a:b] for a, b in blocks], add_special_tokens=False)
        return [
            a + offset for (a, _), encoding in zip(blocks, encodings, strict=True) for offset, _ in encoding.offsets
        ]

    def whole_words(self, text: str) -> float:
        """Return the share of the letters of `text` that stand in words which are one token; 1 without letters.

        A vocabulary of several languages knows too few words of each to be told by this, and counts as 1.
        """
        tokenizer = self._tokenizer()
        if tokenizer.get_vocab_size() > _SEVERAL_LANGUAGES:
            return 1.0
        encoding = tokenizer.encode(text, add_special_tokens=False)
        unknown = tokenizer.token_to_id(getattr(tokenizer.model, "unk_token", None) or "[UNK]")
        pieces = Counter(encoding.word_ids)
        whole = total = 0
        for word, number, (start, end) in zip(encoding.word_ids, encoding.ids, encoding.offsets, strict=True):
            letters = sum(letter.isalpha() for letter in text[start:end])
            total += letters
            whole += letters if pieces[word] == 1 and number != unknown else 0
        return whole / total if total else 1.0

    def numbers(self, texts: Sequence[str]) -> list[list[int]]:
        """Return each text's token numbers with the special ones, cut where the model stops reading."""
        longest = self.longest
        encodings = self._tokenizer().encode_batch(list(texts))
        return [e.ids if len(e.ids) <= longest else [*e.ids[: longest - 1], e.ids[-1]] for e in encodings]

    def pairs(self, first: str, seconds: Sequence[str]) -> list[tuple[list[int], list[int]]]:
        """Return, for `first` with each of `seconds`, the token numbers, and 1 for each token of the second.

        They are cut as in `numbers`.
        """
        longest = self.longest
        encodings = self._tokenizer().encode_batch([(first, second) for second in seconds])
        cut = [[*range(longest - 1), -1] if len(e.ids) > longest else range(len(e.ids)) for e in encodings]
        return [([e.ids[at] for at in c], [e.type_ids[at] for at in c]) for e, c in zip(encodings, cut, strict=True)]

    def _tokenizer(self) -> Any:
        with self._lock:
            if self._loaded is None:
                import tokenizers

                try:
                    self._loaded = tokenizers.Tokenizer.from_file(str(self._folder / "tokenizer.json"))
                except Exception as error:  # the library raises bare Exception
                    raise EmbedderError(
                        f"{self._folder} has no usable tokenizer.json.",
                        "Install the weights again.",
                        code="weights_unusable",
                    ) from error
                self._loaded.no_truncation()
                self._loaded.no_padding()
            return self._loaded


def batches(lengths: Sequence[int], most: int = BATCH_TOKENS) -> Iterator[list[int]]:
    """Yield indices of texts of similar length, at most so many tokens together."""
    batch: list[int] = []
    for index in sorted(range(len(lengths)), key=lambda index: -lengths[index]):
        if batch and lengths[batch[0]] * (len(batch) + 1) > most:
            yield batch
            batch = []
        batch.append(index)
    if batch:
        yield batch


def _blocks(text: str, size: int = 20_000) -> Iterator[tuple[int, int]]:
    """Cut a long text at white space, since one huge encoding takes a hundred times its memory."""
    start = 0
    while len(text) - start > size:
        cut = max(text.rfind("\n", start + 1, start + size), text.rfind(" ", start + 1, start + size))
        cut = cut if cut > start else start + size
        yield start, cut
        start = cut
    yield start, len(text)
