"""Archives: the documents in them, each by its own reader; what hides, what is too much and what is damaged."""

import io
import tarfile
import zipfile

import pytest

from jupyter_localai.errors import ReadError
from jupyter_localai.ingest.discover import FoundFile, discover
from jupyter_localai.ingest.formats import archive
from jupyter_localai.ingest.read import read

FILES = {
    "letters/offer.md": b"# Offer\n\nThe mast must be red.\n",
    "beds.csv": b"hut,beds\nP,19\n",
    "photo.png": b"\x89PNG\r\n\x1a\n",
    "site.key": b"secret words",
    ".git/config": b"hidden words",
    "node_modules/a.md": b"installed words",
    "__MACOSX/offer.md": b"left words",
    "~$offer.docx": b"owner words",
}


def zipped(files=FILES, **options):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name, data in files.items():
            made.writestr(name, data)
    return out.getvalue()


def tarred(mode="w", files=FILES):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode) as made:
        for name, data in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            made.addfile(member, io.BytesIO(data))
    return out.getvalue()


ARCHIVES = {
    "a.zip": zipped,
    "a.tar": tarred,
    "a.tar.gz": lambda: tarred("w:gz"),
    "a.tgz": lambda: tarred("w:gz"),
    "a.tar.bz2": lambda: tarred("w:bz2"),
    "a.tar.xz": lambda: tarred("w:xz"),
}


@pytest.mark.parametrize("name", ARCHIVES)
def test_members_are_documents_under_their_names(name):
    document = read(name, ARCHIVES[name]())
    assert document.kind == "archive" and "The mast must be red." in document.text and "P | 19" in document.text
    headings = list(dict.fromkeys(place.anchor.heading for place in document.places))
    assert headings == ["letters/offer.md > Offer", "beds.csv"]
    assert document.warnings == ("Files in the archive that were not read: photo.png, site.key.",)


def test_an_archive_in_an_archive_is_read():
    document = read("a.zip", zipped({"inner.tar.gz": tarred("w:gz", {"a.txt": b"The last word."})}))
    assert [place.anchor.heading for place in document.places] == ["inner.tar.gz > a.txt"]
    assert "The last word." in document.text


def test_folders_list_archives_as_documents(tmp_path):
    for name in (*ARCHIVES, "a.gz", "a.7z"):
        (tmp_path / name).write_bytes(b"x")
    found = {item.path.rsplit("/", 1)[-1] for item in discover(str(tmp_path)) if isinstance(item, FoundFile)}
    assert found == set(ARCHIVES)


@pytest.mark.parametrize("name", ["a.zip", "a.tar.gz", "a.tar.xz"])
def test_what_unpacks_to_too_much_is_refused(name, monkeypatch):
    monkeypatch.setattr(archive, "MAX_BYTES", 2**20)
    monkeypatch.setattr("jupyter_localai.ingest.formats.parts.office.MAX_BYTES", 2**20)
    files = {"a.txt": b"word " * 2**19}
    mode = {"a.tar.gz": "w:gz", "a.tar.xz": "w:xz"}.get(name)
    with pytest.raises(ReadError) as caught:
        read(name, tarred(mode, files) if mode else zipped(files))
    assert caught.value.code == "too_large"


@pytest.mark.parametrize("name", ARCHIVES)
@pytest.mark.parametrize("share", [0.0, 0.3, 0.6, 0.9])
def test_a_damaged_archive_is_read_as_far_as_it_goes_or_an_error(name, share):
    data = bytearray(ARCHIVES[name]())
    at = int(len(data) * share)
    data[at : at + 8] = b"\xff" * 8
    for piece in (bytes(data), bytes(data[: max(at, 4)])):
        try:
            document = read(name, piece)
        except ReadError as error:
            assert error.code in ("corrupted", "binary", "encrypted", "too_large", "wrong_encoding")
        else:
            assert all(place.end <= len(document.text) for place in document.places)


def test_names_in_an_archive_are_only_shown(tmp_path):
    document = read("a.tar", tarred(files={"../../etc/passwd": b"words", "/etc/shadow": b"more"}))
    assert [place.anchor.heading for place in document.places] == ["../../etc/passwd", "/etc/shadow"]


def test_links_of_an_archive_are_not_followed():
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as made:
        member = tarfile.TarInfo("a.txt")
        member.type, member.linkname = tarfile.SYMTYPE, "/etc/hostname"
        made.addfile(member)
    document = read("a.tar", out.getvalue())
    assert document.text == "" and document.warnings == ("The archive has no text that can be read.",)
