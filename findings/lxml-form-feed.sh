#!/usr/bin/env bash
# lxml reads a text from a web page that it refuses to write back.
#
# A form feed is white space in HTML, so a page may have one anywhere. lxml's HTML parser leaves it in the tree, and
# then `element.text = element.text` raises ValueError: its setters take only what XML allows.
#
# Expected: what a parser put into a tree can be put there again. Seen with lxml 6.1.3 (libxml2's HTML parser).
# Here: `ingest/formats/parts/scripts.py` takes such characters out of all that is written into a tree.
#
# Exits with 0 while lxml does so, with 1 when it does not any more.
set -euo pipefail
exec "${PYTHON:-.venv/bin/python}" - <<'PYTHON'
import sys

from lxml import etree

paragraph = etree.fromstring("<p>Nine\x0co'clock</p>", etree.HTMLParser()).find(".//p")
print(f"lxml {etree.__version__} read {paragraph.text!r}")
try:
    paragraph.text = paragraph.text
except ValueError as error:
    print(f"and does not take it back: {error}")
    sys.exit(0)
sys.exit(1)
PYTHON
