"""What a reader sees in one file, without a store."""

from __future__ import annotations

import os

from ..config import Config
from ..ingest.readers import FileToRead, Limits, Readers
from ..privacy import guard
from ..results.passages import Document


def read_file(path: str, config: Config) -> Document:
    """Return what a reader sees in one file.

    Raises
    ------
    ReadError, PrivacyError
    """
    guard.check_available(config.enforce)
    readers = Readers(1)
    try:
        file = FileToRead(os.path.abspath(os.path.expanduser(path)))
        reading = readers.read(file, Limits(config.reader_timeout_s, config.max_file_bytes))
    finally:
        readers.close()
    if reading.error is not None:
        raise reading.error
    assert reading.document is not None
    return reading.document
