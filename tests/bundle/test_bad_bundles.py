"""What is wrong with a bundle has a name, and nothing of it is stored."""

import io
import json
import struct
import zipfile
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jupyter_localai.bundle.content import Content
from jupyter_localai.errors import BundleError, StoreError, UsageError
from tests.support.bundles import files_of, with_line, with_lock, with_vector, write, zip_of

NAN = np.full(32, np.nan, "<f4").tobytes()


def code_of(path):
    """Return the code of the error with which a bundle is refused."""
    with pytest.raises(BundleError) as caught:
        read(path.read_bytes())
    assert caught.value.remedy
    return caught.value.code


def read(data):
    content = Content(io.BytesIO(data))
    return [*content.documents(), *content.vectors()]


CONTENT = {
    "two documents of one path": (
        lambda f: with_lock(with_line(f, "documents.jsonl", 1, path="leave.md"), 1, path="leave.md"),
        "bundle_paths",
    ),
    **{
        f"path {path!r}": (
            lambda f, path=path: with_lock(with_line(f, "documents.jsonl", 0, path=path), 0, path=path),
            "bundle_paths",
        )
        for path in (
            "../a.md",
            "/etc/passwd",
            "a/../../b",
            "C:/a.md",
            "a\\b",
            "a\0b",
            "",
            "a//b",
            "./a",
            "x" * 300,
            "y/" * 3000 + "z",
        )
    },
    "a number of chunks that lies": (lambda f: with_line(f, "documents.jsonl", 0, chunks=99), "bundle_content"),
    "a negative number of chunks": (lambda f: with_line(f, "documents.jsonl", 0, chunks=-1), "bundle_content"),
    "no title": (lambda f: with_line(f, "documents.jsonl", 0, title=None), "bundle_content"),
    "a title that is too long": (lambda f: with_line(f, "documents.jsonl", 0, title="t" * 200_000), "bundle_content"),
    "a size that is none": (lambda f: with_line(f, "documents.jsonl", 0, size="9"), "bundle_content"),
    "a head that is nowhere": (lambda f: with_line(f, "documents.jsonl", 0, heads=[10**6]), "bundle_vectors"),
    "another text": (lambda f: with_line(f, "chunks.jsonl", -1, text=f"{'x' * len(text_of(f))}"), "bundle_damaged"),
    "a span that lies": (lambda f: with_line(f, "chunks.jsonl", -1, end=2**40), "bundle_content"),
    "a span far away": (
        lambda f: with_line(f, "chunks.jsonl", -1, start=2**52, end=2**52 + len(text_of(f))),
        "bundle_content",
    ),
    "a vector that is nowhere": (lambda f: with_line(f, "chunks.jsonl", 0, vector=-1), "bundle_vectors"),
    "a vector that is no number": (lambda f: with_line(f, "chunks.jsonl", 0, vector=True), "bundle_content"),
    "no place": (lambda f: with_line(f, "chunks.jsonl", 0, places=[]), "bundle_content"),
    "an unknown place": (lambda f: with_line(f, "chunks.jsonl", 0, places=[[0, 1, {"run": 1}]]), "bundle_content"),
    "half a character": (lambda f: with_line(f, "chunks.jsonl", 0, context="\ud800"), "bundle_content"),
    "a line that is none": (lambda f: f | {"chunks.jsonl": f["chunks.jsonl"] + b"[1]\n"}, "bundle_content"),
    "deep JSON": (lambda f: f | {"chunks.jsonl": b"[" * 200_000 + b"\n"}, "bundle_content"),
    "a line without end": (lambda f: f | {"chunks.jsonl": f["chunks.jsonl"][:-1]}, "bundle_content"),
    "a chunk too many": (
        lambda f: f | {"chunks.jsonl": f["chunks.jsonl"] + f["chunks.jsonl"].splitlines(True)[-1]},
        "bundle_sizes",
    ),
    "another lock": (lambda f: with_lock(f, 0, sha256="0" * 64), "bundle_damaged"),
    "NaN": (lambda f: with_vector(f, NAN), "bundle_vectors"),
    "a long vector": (lambda f: with_vector(f, np.full(32, 2, "<f4").tobytes()), "bundle_vectors"),
    "a vector too few": (lambda f: f | {"vectors.safetensors": f["vectors.safetensors"][:-128]}, "bundle_vectors"),
    "another dimension": (
        lambda f: f | {"vectors.safetensors": f["vectors.safetensors"].replace(b",32]", b",16]")},
        "bundle_vectors",
    ),
    "a long head of vectors": (
        lambda f: f | {"vectors.safetensors": struct.pack("<Q", 1 << 60) + bytes(99)},
        "bundle_vectors",
    ),
}


def text_of(files):
    return json.loads(files["chunks.jsonl"].splitlines()[-1])["text"]


@pytest.mark.parametrize("name", CONTENT)
def test_wrong_content_is_named(exported, tmp_path, name):
    change, code = CONTENT[name]
    path = write(tmp_path / "bad.localai", change(files_of(exported / "handbook.localai")))
    assert code_of(path) == code


MANIFEST = {
    "newer": ({"format": 2}, "bundle_too_new"),
    "older": ({"format": 0}, "bundle_content"),
    "a name that is too long": ({"name": "n" * 300}, "bundle_content"),
    "a name of control characters": ({"name": "a\nb"}, "bundle_content"),
    "another dimension": ({"dimension": 16}, "bundle_vectors"),
    "a dimension beyond measure": ({"dimension": 10**9}, "bundle_vectors"),
    "no dimension": ({"dimension": 0}, "bundle_vectors"),
    "other numbers": ({"numbers": "F8"}, "bundle_vectors"),
    "fewer vectors": ({"vectors": 1}, "bundle_vectors"),
    "more documents": ({"documents": 3}, "bundle_sizes"),
    "more chunks": ({"chunks": 10**12}, "bundle_sizes"),
    "a number without end": ({"chunks": 10**40}, "bundle_sizes"),
    "a root outside": ({"roots": [{"path": "../x", "rules": {}}]}, "bundle_paths"),
    "other files": ({"files": {}}, "bundle_content"),
    "another model than its lock's": ({"fingerprint": "x"}, "bundle_content"),
}


@pytest.mark.parametrize("name", MANIFEST)
def test_a_wrong_manifest_is_named(exported, tmp_path, name):
    values, code = MANIFEST[name]
    files = files_of(exported / "handbook.localai")
    assert code_of(write(tmp_path / "bad.localai", files, lambda manifest: manifest.update(values))) == code


@pytest.mark.parametrize(("told", "code"), [({"size": 1}, "bundle_sizes"), ({"sha256": "0" * 64}, "bundle_damaged")])
@pytest.mark.parametrize("name", ["documents.jsonl", "chunks.jsonl", "vectors.safetensors", "lock.json"])
def test_sizes_that_lie_and_altered_files_are_named(exported, tmp_path, name, told, code):
    files = files_of(exported / "handbook.localai")
    path = write(tmp_path / "bad.localai", files, lambda manifest: manifest["files"][name].update(told))
    assert code_of(path) == code


def patched(data, name, offset, value, in_list=True):
    """Return a zip with a field changed in the list of files, or in the header before a file."""
    info = next(info for info in zipfile.ZipFile(io.BytesIO(data)).infolist() if info.filename == name)
    at = data.index(b"PK\1\2")
    while in_list and data[at + 46 : at + 46 + len(name)] != name.encode():
        at = data.index(b"PK\1\2", at + 4)
    at = at + offset if in_list else info.header_offset + offset
    return data[:at] + value + data[at + len(value) :]


FLAGS, METHOD, SIZE = 8, 10, 24  # in the list of files: APPNOTE.TXT 4.3.12


ZIPS = {
    "of another kind": (lambda d, f: b"%PDF-1.7\n" * 99, "bundle_unknown"),
    "another zip": (lambda d, f: zipped({"a.txt": b"x"}), "bundle_unknown"),
    "empty": (lambda d, f: b"", "bundle_unknown"),
    "truncated": (lambda d, f: d[:-30], "bundle_damaged"),
    "cut in half": (lambda d, f: d[: len(d) // 2], "bundle_damaged"),
    "a file twice": (
        lambda d, f: zipped({**f, "lock.jsoN": f["lock.json"]}).replace(b"lock.jsoN", b"lock.json"),
        "bundle_unsafe",
    ),
    "a file more": (lambda d, f: zipped({**f, "run.py": b"x"}), "bundle_unsafe"),
    "another order": (lambda d, f: zipped({"mimetype": f["mimetype"], **dict(reversed(f.items()))}), "bundle_unsafe"),
    "encrypted": (lambda d, f: patched(d, "chunks.jsonl", FLAGS, b"\x01\x00"), "bundle_unsafe"),
    "told behind": (lambda d, f: patched(d, "chunks.jsonl", FLAGS, b"\x08\x00"), "bundle_unsafe"),
    "a link": (lambda d, f: patched(d, "lock.json", 38, struct.pack("<L", 0o120777 << 16)), "bundle_unsafe"),
    "compressed vectors": (lambda d, f: zipped(f, stored=("mimetype",)), "bundle_unsafe"),
    "another method": (lambda d, f: patched(d, "chunks.jsonl", METHOD, b"\x0c\x00"), "bundle_unsafe"),
    "two methods": (lambda d, f: patched(d, "chunks.jsonl", 8, b"\x00\x00", in_list=False), "bundle_unsafe"),
    "two names": (lambda d, f: patched(d, "chunks.jsonl", 30, b"chunkz", in_list=False), "bundle_unsafe"),
    "overlapping": (lambda d, f: patched(d, "lock.json", 42, b"\0\0\0\0"), "bundle_unsafe"),
    "two sizes": (lambda d, f: patched(d, "chunks.jsonl", SIZE, b"\xff\0\0\0"), "bundle_unsafe"),
    "something before": (lambda d, f: b"#!/bin/sh\n" + d, "bundle_unknown"),
    "something behind": (lambda d, f: d[:-2] + b"\x02\x00hi", "bundle_unsafe"),
}


def zipped(files, stored=("mimetype", "vectors.safetensors")):
    stream = io.BytesIO()
    zip_of(stream, files, stored)
    return stream.getvalue()


@pytest.mark.parametrize("name", ZIPS)
def test_a_wrong_zip_is_named(exported, tmp_path, name):
    change, code = ZIPS[name]
    path = tmp_path / "bad.localai"
    path.write_bytes(change((exported / "handbook.localai").read_bytes(), files_of(exported / "handbook.localai")))
    assert code_of(path) == code


def test_what_would_grow_beyond_measure_is_not_read(exported, tmp_path):
    files = files_of(exported / "handbook.localai")
    path = write(tmp_path / "bad.localai", files | {"chunks.jsonl": b" " * (65 << 20) + b"\n"})
    assert path.stat().st_size < 1 << 20
    assert code_of(path) == "bundle_sizes"


def test_what_is_larger_than_told_is_not_read_to_its_end(exported):
    data = bytearray((exported / "handbook.localai").read_bytes())
    data = patched(bytes(data), "chunks.jsonl", SIZE, struct.pack("<L", 10))
    data = patched(data, "chunks.jsonl", 22, struct.pack("<L", 10), in_list=False)
    with pytest.raises(BundleError) as caught:
        read(data)
    assert caught.value.code == "bundle_sizes"


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_any_altered_byte_is_noticed_or_changes_nothing(exported, data):
    right = (exported / "handbook.localai").read_bytes()
    at = data.draw(st.integers(0, len(right) - 1))
    wrong = right[:at] + bytes([right[at] ^ data.draw(st.integers(1, 255))]) + right[at + 1 :]
    try:
        found = read(wrong)
    except BundleError as error:
        assert error.code and error.remedy
    else:
        expected = read(right)
        assert [str(each) for each in found] == [str(each) for each in expected]


@pytest.mark.parametrize("name", ["NaN", "path '../a.md'", "another text"])
def test_nothing_of_a_bad_bundle_is_stored(exported, opened, tmp_path, name):
    change, code = CONTENT[name]
    path = write(tmp_path / "bad.localai", change(files_of(exported / "handbook.localai")))
    engine = opened()
    for call in (lambda: engine.inspect_bundle(str(path)), lambda: list(engine.import_bundle(str(path)))):
        with pytest.raises(BundleError) as caught:
            call()
        assert caught.value.code == code
    assert not engine.collections() and not any((tmp_path / "store" / "chroma").glob("*"))
    assert b"modem" not in (tmp_path / "store" / "catalogue.sqlite").read_bytes()


def test_a_dimension_that_the_model_does_not_have_is_named(exported, opened, tmp_path):
    files = files_of(exported / "handbook.localai")
    count = json.loads(files["manifest.json"])["vectors"]
    vectors = np.full((count, 4), 0.5, "<f4")
    head = json.dumps({"vectors": {"dtype": "F32", "shape": [count, 4], "data_offsets": [0, vectors.nbytes]}}).encode()
    files["vectors.safetensors"] = struct.pack("<Q", len(head)) + head + vectors.tobytes()
    path = write(tmp_path / "bad.localai", files, lambda manifest: manifest.update(dimension=4))
    engine = opened()
    with pytest.raises(BundleError) as caught:
        list(engine.import_bundle(str(path)))
    assert caught.value.code == "bundle_vectors" and not engine.collections()


def test_what_cannot_be_imported_is_named(exported, opened, tmp_path):
    engine = opened()
    path = exported / "handbook.localai"
    cases = {
        "bundle_missing": lambda: engine.import_bundle(str(tmp_path / "nowhere.localai")),
        "bundle_root": lambda: engine.import_bundle(str(path), root=str(tmp_path)),
        "usage": lambda: engine.import_bundle(str(path), "\n"),
    }
    for code, call in cases.items():
        with pytest.raises((BundleError, UsageError)) as caught:
            list(call())
        assert caught.value.code == code
    list(engine.import_bundle(str(path)))
    with pytest.raises(StoreError) as caught:
        list(engine.import_bundle(str(path)))
    assert caught.value.code == "collection_exists" and len(engine.collections()) == 1


def test_no_link_leads_out_of_the_importers_root(exported, opened, tmp_path):
    root, outside = tmp_path / "root", tmp_path / "outside"
    root.mkdir()
    outside.mkdir()
    (root / "leave.md").write_text("Something else.")
    (root / "sub").symlink_to(outside)
    engine = opened()
    with pytest.raises(BundleError) as caught:
        list(engine.import_bundle(str(exported / "handbook.localai"), root=str(root)))
    assert caught.value.code == "bundle_paths" and not engine.collections()


def test_a_crc_that_fits_does_not_make_altered_bytes_right(exported, tmp_path):
    data = (exported / "handbook.localai").read_bytes()
    info = zipfile.ZipFile(io.BytesIO(data)).getinfo("vectors.safetensors")
    at = data.index(
        struct.pack("<Q", struct.unpack("<Q", files_of(exported / "handbook.localai")["vectors.safetensors"][:8])[0]),
        info.header_offset,
    )
    content = bytearray(data[at : at + info.file_size])
    content[-1] ^= 1
    crc = struct.pack("<L", zlib.crc32(content))
    wrong = data[:at] + bytes(content) + data[at + info.file_size :]
    wrong = patched(patched(wrong, "vectors.safetensors", 16, crc), "vectors.safetensors", 14, crc, in_list=False)
    path = tmp_path / "bad.localai"
    path.write_bytes(wrong)
    assert code_of(path) == "bundle_damaged"
