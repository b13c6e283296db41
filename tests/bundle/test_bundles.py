"""A collection goes from one store to another in one file."""

import json
import shutil
import zipfile
from pathlib import Path

import pytest

from jupyter_localai.errors import BundleError
from jupyter_localai.results.files import Rules
from tests.support import probe
from tests.support.bundles import files_of, write
from tests.support.in_process import run_index
from tests.support.pdf_files import make_pdf

QUESTIONS = ("offline lightning", "days of leave", "parents", "gauge modem March")


def exporting(engine, path, collection="handbook", **options):
    *_, report = engine.export_bundle(collection, str(path), **options)
    return report


def importing(engine, path, *where):
    *_, report = engine.import_bundle(str(path), *where)
    return report


def hits(engine, question, collection="handbook"):
    return [(hit.text, hit.start, hit.score, hit.anchor) for hit in engine.search(question, 5, collection)]


def test_what_is_imported_is_found_as_in_the_store_it_came_from(exported, opened):
    documents, bundle = exported / "handbook", exported / "handbook.localai"
    mine, theirs = opened("mine"), opened("theirs")
    run_index(mine, [str(documents)], "handbook")
    report = importing(theirs, bundle)
    assert (report.collection, report.documents, report.embedded, report.here) == ("handbook", 2, 0, 0)
    for question in QUESTIONS:
        assert hits(theirs, question) == [pytest.approx(hit, abs=1e-5) for hit in hits(mine, question)]
    assert {hit.path for hit in theirs.search("gauge", 5, "handbook")} <= {
        f"{bundle}/leave.md",
        f"{bundle}/sub/gauge.txt",
    }


def test_the_same_index_gives_the_same_bytes(exported, opened, tmp_path):
    engine = opened()
    importing(engine, exported / "handbook.localai")
    for name in ("one.localai", "two.localai"):
        exporting(engine, tmp_path / name)
    assert (tmp_path / "one.localai").read_bytes() == (tmp_path / "two.localai").read_bytes()
    assert files_of(tmp_path / "one.localai")["chunks.jsonl"] == files_of(exported / "handbook.localai")["chunks.jsonl"]


def test_nothing_in_it_tells_where_the_documents_were(exported):
    for name, content in files_of(exported / "handbook.localai").items():
        assert str(exported).encode() not in content and str(Path.home()).encode() not in content, name


def test_vectors_begin_where_they_can_be_mapped_into_memory(exported):
    with zipfile.ZipFile(exported / "handbook.localai") as file:
        info = file.getinfo("vectors.safetensors")
    data = (exported / "handbook.localai").read_bytes()
    content = files_of(exported / "handbook.localai")["vectors.safetensors"]
    assert info.compress_type == zipfile.ZIP_STORED and data.index(content) % 64 == 0
    assert (8 + int.from_bytes(content[:8], "little")) % 64 == 0


def test_pages_keep_the_vectors_of_their_heads(opened, tmp_path):
    folder = tmp_path / "documents"
    folder.mkdir()
    (folder / "report.pdf").write_bytes(
        make_pdf(*(f"Head of {name}\n\nSome words below {name}." for name in ("A", "B")))
    )
    mine, theirs = opened("mine"), opened("theirs")
    run_index(mine, [str(folder)], "handbook")
    exporting(mine, tmp_path / "b.localai")
    importing(theirs, tmp_path / "b.localai", "", str(folder))
    heads = "SELECT head FROM pages WHERE vector_id IS NOT NULL ORDER BY id"
    assert probe.rows(theirs, heads) == probe.rows(mine, heads) != []
    again = run_index(theirs, collection="handbook")
    assert (again.unchanged, again.embedded) == (1, 0)


def test_with_a_root_the_collection_follows_the_folder(exported, opened, tmp_path):
    folder = tmp_path / "clone"
    shutil.copytree(exported / "handbook", folder)
    engine = opened()
    report = importing(engine, exported / "handbook.localai", "", str(folder))
    assert report.here == 2 and engine.collections()[0].roots == (str(folder),)
    (hit, *_) = engine.search("lightning", 1, "handbook")
    assert engine.locate(hit.path, hit.start, hit.end, hit.text).state == "same"
    (folder / "leave.md").write_text("# Leave\n\nStaff receive 30 days.\n")
    (folder / "sub" / "gauge.txt").unlink()
    report = run_index(engine, collection="handbook")
    assert (report.updated, report.removed, report.embedded) == (1, 1, report.chunks)


def test_without_a_root_the_passages_are_shown_and_a_refresh_keeps_them(exported, opened):
    engine = opened()
    importing(engine, exported / "handbook.localai")
    (hit, *_) = engine.search("lightning", 1, "handbook")
    assert "lightning" in hit.text and engine.locate(hit.path, hit.start, hit.end, hit.text).state == "missing"
    report = run_index(engine, collection="handbook")
    assert (report.removed, report.failed, report.chunks) == (0, (), 2)


def test_documents_that_come_later_take_their_place(exported, opened, tmp_path):
    engine = opened()
    importing(engine, exported / "handbook.localai")
    folder = tmp_path / "clone"
    shutil.copytree(exported / "handbook", folder)
    report = run_index(engine, [str(folder)], "handbook")
    assert (report.moved, report.embedded, report.chunks) == (2, 0, 2)
    assert {hit.path for hit in engine.search("gauge days", 5, "handbook")} == {
        str(folder / "leave.md"),
        str(folder / "sub" / "gauge.txt"),
    }


def test_what_is_not_in_a_folder_around_the_bundle_stays(exported, opened, tmp_path):
    folder = tmp_path / "clone"
    folder.mkdir()
    shutil.copy(exported / "handbook.localai", folder)
    shutil.copy(exported / "handbook" / "leave.md", folder)
    engine = opened()
    importing(engine, folder / "handbook.localai")
    report = run_index(engine, [str(folder)], "handbook")
    assert (report.moved, report.embedded, report.chunks) == (1, 0, 2)
    assert run_index(engine, collection="handbook").removed == 0
    assert engine.search("lightning", 1, "handbook")[0].path == f"{folder}/handbook.localai/sub/gauge.txt"


def test_what_was_imported_can_be_forgotten_without_a_trace(exported, opened, tmp_path):
    engine = opened()
    importing(engine, exported / "handbook.localai")
    *_, report = engine.forget([str(exported / "handbook.localai")])
    assert report.documents == 2
    engine.close()
    assert not any(b"lightning" in path.read_bytes() for path in (tmp_path / "store").rglob("*") if path.is_file())


def test_a_lock_is_checked_against_what_was_imported(exported, opened, tmp_path):
    mine, theirs = opened("mine"), opened("theirs")
    run_index(mine, [str(exported / "handbook")], "handbook")
    folder = tmp_path / "clone"
    shutil.copytree(exported / "handbook", folder)
    for root in ("", str(folder)):
        name = root and "followed"
        importing(theirs, exported / "handbook.localai", name, root)
        *_, lock = mine.lock(str(exported / "handbook"), {str(exported / "handbook"): Rules()}, "handbook")
        *_, here = theirs.lock(str(folder), {str(folder): Rules()}, name or "handbook")
        assert here == lock


def test_without_texts_it_says_none_and_is_read_from_the_documents(exported, opened, tmp_path):
    mine, theirs = opened("mine"), opened("theirs")
    run_index(mine, [str(exported / "handbook")], "handbook")
    report = exporting(mine, tmp_path / "b.localai", texts=False)
    assert not report.bundle.texts
    everything = b"".join(files_of(tmp_path / "b.localai").values())
    assert not any(word in everything for word in (b"lightning", b"Staff", b"Parents", b"Leave"))
    with pytest.raises(BundleError) as caught:
        importing(theirs, tmp_path / "b.localai")
    assert caught.value.code == "bundle_root"
    folder = tmp_path / "clone"
    shutil.copytree(exported / "handbook", folder)
    (folder / "leave.md").write_text("Something else.")
    report = importing(theirs, tmp_path / "b.localai", "", str(folder))
    assert (report.documents, report.left_out, report.embedded) == (1, 1, 0)
    assert hits(theirs, "lightning")[0][:2] == hits(mine, "lightning")[0][:2]


def test_another_embedding_model_embeds_the_texts(exported, opened):
    engine = opened(fingerprint="words-2")
    assert not engine.inspect_bundle(str(exported / "handbook.localai")).same_model
    report = importing(engine, exported / "handbook.localai")
    assert report.embedded == report.chunks == 2
    assert "lightning" in engine.search("lightning", 1, "handbook")[0].text


def test_half_the_room_gives_the_same_order(exported, opened, tmp_path):
    mine, theirs = opened("mine"), opened("theirs")
    run_index(mine, [str(exported / "handbook")], "handbook")
    assert exporting(mine, tmp_path / "b.localai", half=True).bundle.half
    importing(theirs, tmp_path / "b.localai")
    for question in QUESTIONS:
        assert [hit[0] for hit in hits(theirs, question)] == [hit[0] for hit in hits(mine, question)]


def test_a_vector_of_a_bundle_stays_in_its_collection(exported, opened, tmp_path):
    """What a bundle says of a text is not believed for documents that are indexed here."""
    files = files_of(exported / "handbook.localai")
    data = files["vectors.safetensors"]
    at = 8 + int.from_bytes(data[:8], "little")
    size = 32 * 4
    count = (len(data) - at) // size
    turned = b"".join(data[at + size * row : at + size * (row + 1)] for row in reversed(range(count)))
    bundle = write(tmp_path / "b.localai", files | {"vectors.safetensors": data[:at] + turned})
    mine, theirs = opened("mine"), opened("theirs")
    importing(theirs, bundle, "imported")
    for engine in (mine, theirs):
        run_index(engine, [str(exported / "handbook")], "handbook")
    assert hits(theirs, "lightning") == hits(mine, "lightning")


def test_an_export_replaces_a_bundle_and_nothing_else(exported, opened, tmp_path):
    engine = opened()
    importing(engine, exported / "handbook.localai")
    exporting(engine, tmp_path / "b.localai")
    exporting(engine, tmp_path / "b.localai")
    (tmp_path / "notes.txt").write_text("mine")
    for path, code in ((tmp_path / "notes.txt", "file_exists"), (tmp_path / "no" / "b.localai", "folder_missing")):
        with pytest.raises(BundleError) as caught:
            exporting(engine, path)
        assert caught.value.code == code
    assert (tmp_path / "notes.txt").read_text() == "mine"
    assert {path.name for path in tmp_path.iterdir()} == {"store", "b.localai", "notes.txt"}


def test_roots_are_named_below_the_folder_that_has_them_all(opened, tmp_path):
    for name in ("docs", "policies"):
        (tmp_path / "team" / name).mkdir(parents=True)
        (tmp_path / "team" / name / "a.md").write_text(f"About {name}.")
    (tmp_path / "team" / "readme.md").write_text("About all.")
    engine = opened()
    run_index(engine, [str(tmp_path / "team" / "docs"), str(tmp_path / "team" / "readme.md")], "handbook")
    run_index(engine, [str(tmp_path / "team" / "policies")], "handbook", rules=Rules(include=("*.md",)))
    exporting(engine, tmp_path / "b.localai")
    manifest = json.loads(files_of(tmp_path / "b.localai")["manifest.json"])
    assert [root["path"] for root in manifest["roots"]] == ["docs", "policies", "readme.md"]
    importing(engine, tmp_path / "b.localai", "again", str(tmp_path / "team"))
    again, before = (next(c for c in engine.collections() if c.name == name) for name in ("again", "handbook"))
    assert again.roots == before.roots
    assert run_index(engine, collection="again").unchanged == 3
