#!/usr/bin/env bash
# sharepoint-to-text reads a message of Outlook with texts of one byte a letter as Chinese.
#
# A .msg keeps its texts in UTF-16 or in the code page that it names ([MS-OXMSG] 2.1.3): the name of the stream ends in
# 001F or 001E. Outlook wrote the latter for years. The library decodes both as UTF-16, without an error.
#
# Expected: "The ferry sails at nine." Seen with sharepoint-to-text 2.0.1 on Python 3.11: "桔⁥敦牲⁹慳汩⁳瑡渠湩⹥".
#
# Installs the library into a folder that is thrown away. Exits with 0 while it does so, with 1 when it does not any more.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m pip install --quiet --disable-pip-version-check --target "$folder" sharepoint-to-text==2.0.1
PYTHONPATH="$folder" python3 - <<'PYTHON'
import base64
import sys
import zlib

import sharepoint2text

TEXT = "The ferry sails at nine."
# a message with the subject "Plan", that text as its body, and 1252 as its code page
MESSAGE = """
eNq7cF7wwcKNUg8Z0IAdAzPDv/+cDGxIYoxAzATjCED4IPzv////ICEWIP4/CoYUYCAAmBn+2oPSwBMW7PIBOYl5DBSAkIxUhbTU
oqJKheLEzJxihcQShbzMvFQ9hlFAFwDKuzA8GhojDwQx5ANhCYMCgytDHpAuYqgkSb8YAysjrCxhIUHfASgdD4QFQFvzgWQqkC5h
yATSxUDRMjC/GMjPB7rMkEGPwQCLOQYMTIyklGcIfQj7ixlKGZKAZAlDOtSeeCA2YDBmMAfThsCwwQW0oPYzQ+s+YuxmhNaV+Ow3
BNtsQLT9jCTYD6rDJZDsz2NIZMgFhnYmQwrR4Q4DGgyMYPtBZrKSkf7whb8BgxHY9yCakP/ZSPA/8fYbE20/O03sNyHaflLTP3r5
zwxl/x1tEo0oAACRpUNb
"""
message = zlib.decompress(base64.b64decode(MESSAGE))
assert TEXT.encode("cp1252") in message
found = next(iter(sharepoint2text.read_bytes(message, extension="msg")))
texts = [unit.text for unit in found.units]
print("expected:", TEXT)
print("seen:    ", *texts)
sys.exit(0 if texts and TEXT not in texts else 1)
PYTHON
