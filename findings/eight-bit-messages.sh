#!/usr/bin/env bash
# sharepoint-to-text reads a message of Outlook with texts of one byte a letter as Chinese.
#
# A .msg keeps its texts in UTF-16 or in the code page that it names ([MS-OXMSG] 2.1.3): the name of the stream ends in
# 001F or 001E. Outlook wrote the latter for years. The library decodes both as UTF-16, without an error.
#
# Expected: "The ferry sails at nine." Seen with sharepoint-to-text 2.0.1: "桔敦牲…".
# Here: `ingest/formats/outlook.py` reads both, and the library is not used any more (docs/decisions.md, D200).
#
# Installs the library into a folder that is thrown away. Exits with 0 while it does so, with 1 when it does not any more.
set -euo pipefail
python="${PYTHON:-.venv/bin/python}"
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"$python" -m pip install --quiet --disable-pip-version-check --target "$folder" sharepoint-to-text==2.0.1
FOLDER="$folder" "$python" - <<'PYTHON'
import os
import sys

sys.path[:0] = [os.environ["FOLDER"], os.getcwd()]

import sharepoint2text

from jupyter_localai.ingest.read import read
from tests.support.compound_files import make_compound, make_msg

TEXT = "The ferry sails at nine."
streams = make_msg({}, numbers={0x3FFD0003: 1252})
streams |= {"__substg1.0_0037001E": b"Plan", "__substg1.0_1000001E": TEXT.encode("cp1252")}
# the library asks for the streams that name properties, which every message of Outlook has
streams |= {f"__nameid_version1.0/__substg1.0_000{number}0102": b"" for number in (2, 3, 4)}
message = make_compound(streams)
print("here:       ", read("a.msg", message).text.strip().splitlines()[-1])
found = next(iter(sharepoint2text.read_bytes(message, extension="msg")))
texts = [unit.text for unit in found.units]
print("the library:", *texts)
sys.exit(0 if TEXT not in texts else 1)
PYTHON
