"""Small makers that several tests share."""

from jupyter_localai.schema import Anchor, Chunk, Place


def chunks_of(*texts: str, context: str = "") -> list[Chunk]:
    made, at = [], 0
    for text in texts:
        made.append(Chunk(at, at + len(text), text, (Place(at, at + len(text), Anchor(line=1)),), context, "\n\n"))
        at += len(text) + 2
    return made
