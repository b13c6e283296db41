"""What is said of a picture in a document: its description, unless a program made that up."""

from __future__ import annotations

import re

_GENERATED = re.compile(r"(?:Description automatically generated|AI-generated content may be incorrect).*", re.DOTALL)


def picture(description: str) -> str:
    """Return the description of a picture as text, empty when there is none."""
    text = " ".join(_GENERATED.sub("", description).split())
    return f"[Picture: {text}]" if text else ""
