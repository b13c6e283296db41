#!/usr/bin/env bash
# lxml reads a text from a web page that it refuses to write back.
#
# A form feed is white space in HTML (WHATWG HTML, "ASCII whitespace"), so a page may have one anywhere. lxml's HTML
# parser leaves it in the tree, and then `element.text = element.text` raises ValueError: the setters take only what XML
# allows.
#
# Expected: what a parser put into a tree can be put there again. Seen with lxml 6.1.3: ValueError.
#
# Installs lxml into a folder that is thrown away. Exits with 0 while it does so, with 1 when it does not any more.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m pip install --quiet --disable-pip-version-check --target "$folder" lxml==6.1.3
PYTHONPATH="$folder" python3 - <<'PYTHON'
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
