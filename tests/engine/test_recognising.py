"""What only OCR can read: told without it, read with it, a page at a time."""

import pytest

from jupyter_localai import ingest
from jupyter_localai.engine import recognising
from jupyter_localai.errors import ReadError, UsageError
from jupyter_localai.ingest.formats.parts.recognised import PageText
from jupyter_localai.ingest.readers import Reading
from jupyter_localai.results.reports import Progress
from tests.support.in_process import DirectReaders, run_index
from tests.support.pdf_files import make_pdf

ONE, TWO = PageText("The ferry leaves at noon.", 0.99), PageText("Lightning struck the old mill.", 0.6)
PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture(autouse=True)
def extra(monkeypatch):
    """The extra is there, and reads nothing yet."""
    monkeypatch.setattr(recognising, "installed", lambda: True)
    monkeypatch.setattr(DirectReaders, "recognised", {})


@pytest.fixture
def scan(tmp_path):
    """A folder with a scan of two pages."""
    folder = tmp_path / "scans"
    folder.mkdir()
    (folder / "scan.pdf").write_bytes(make_pdf(None, None))
    return folder


def sees(monkeypatch, *pages):
    monkeypatch.setattr(DirectReaders, "recognised", dict(enumerate(pages, 1)))


def notice(report, code):
    return next((notice for notice in report.warnings if notice.code == code), None)


def test_a_report_says_what_ocr_would_read_and_how(engine, scan):
    report = run_index(engine, [str(scan)])
    assert [failure.code for failure in report.failed] == ["needs_ocr"]
    told = notice(report, "needs_ocr")
    assert "2 pages of 1 document (scan.pdf)" in told.message
    assert recognising.COMMAND in told.remedy
    assert notice(run_index(engine), "needs_ocr") == told


def test_without_the_extra_it_says_how_to_get_it(engine, scan, monkeypatch):
    monkeypatch.setattr(recognising, "installed", lambda: False)
    assert "pip install" in notice(run_index(engine, [str(scan)]), "needs_ocr").remedy
    with pytest.raises(UsageError) as caught:
        run_index(engine, ocr=True)
    assert caught.value.code == "ocr_missing"


def test_ocr_makes_a_scan_searchable_by_page(engine, scan, monkeypatch):
    run_index(engine, [str(scan)])
    sees(monkeypatch, ONE, TWO)
    report = run_index(engine, ocr=True)
    assert (report.added, report.failed, notice(report, "needs_ocr")) == (1, (), None)
    hit = engine.search("lightning mill", k=1)[0]
    assert (hit.anchor.page, hit.anchor.ocr) == (2, 0.6)
    again = run_index(engine, ocr=True)
    assert (again.unchanged, again.embedded, again.failed) == (1, 0, ())


def test_a_doubtful_page_is_said_at_the_citation_and_in_the_report(engine, scan, monkeypatch):
    sees(monkeypatch, ONE, TWO)
    report = run_index(engine, [str(scan)], ocr=True)
    assert "scan.pdf (page 2)" in notice(report, "ocr_unsure").message
    assert engine.search("lightning mill", k=1)[0].anchor.label() == "page 2, uncertain OCR"
    assert engine.search("ferry noon", k=1)[0].anchor.label() == "page 1"


def test_all_else_is_searchable_before_the_first_page_is_read(engine, scan, monkeypatch):
    (scan / "a.md").write_text("# Canteen\n\nThe canteen opens at noon.\n")
    sees(monkeypatch, ONE, TWO)
    run = engine.index([str(scan)], ocr=True)
    first = next(event for event in run if isinstance(event, Progress) and event.stage == "ocr")
    assert (first.done, first.total, first.unit) == (0, 2, "pages")
    assert engine.search("canteen", k=1)[0].document == "Canteen"
    *_, report = run
    assert report.added == 2


def test_a_run_that_is_stopped_goes_on_at_the_page(engine, scan, monkeypatch):
    sees(monkeypatch, ONE, KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        run_index(engine, [str(scan)], ocr=True)
    monkeypatch.setattr(DirectReaders, "recognised", {2: TWO})  # the first page is not asked for again
    assert run_index(engine, ocr=True).added == 1
    assert {hit.anchor.page for hit in engine.search("ferry lightning", k=5)} == {1, 2}


def test_a_page_that_ocr_cannot_read_is_named_and_tried_again(engine, scan, monkeypatch):
    sees(monkeypatch, ONE, ReadError("Reading took too long.", code="timeout"))
    report = run_index(engine, [str(scan)], ocr=True)
    assert "page 2" in notice(report, "ocr_failed").message
    assert "1 page of 1 document" in notice(report, "needs_ocr").message
    sees(monkeypatch, ONE, TWO)
    assert run_index(engine, ocr=True).updated == 1
    assert engine.search("lightning", k=1)[0].anchor.page == 2


def test_pages_of_text_are_there_before_and_stay(engine, scan, monkeypatch):
    (scan / "scan.pdf").write_bytes(make_pdf("The tide table hangs in the office.", None))
    report = run_index(engine, [str(scan)])
    assert (report.added, report.failed) == (1, ())
    monkeypatch.setattr(DirectReaders, "recognised", {2: TWO})
    report = run_index(engine, ocr=True)
    assert (report.updated, report.unchanged) == (1, 0)
    assert engine.search("tide table", k=1)[0].anchor.ocr is None
    assert engine.search("lightning", k=1)[0].anchor.page == 2


def test_what_could_be_read_before_stays_where_the_file_cannot_be_read_with_its_pages(engine, scan, monkeypatch):
    (scan / "scan.pdf").write_bytes(make_pdf("The tide table hangs in the office.", None))
    run_index(engine, [str(scan)])
    monkeypatch.setattr(DirectReaders, "recognised", {2: TWO})
    late, read = Reading("", error=ReadError("Reading took too long.", code="timeout")), DirectReaders.read
    with monkeypatch.context() as patch:
        patch.setattr(
            DirectReaders, "read", lambda self, file, limits: late if file.recognised else read(self, file, limits)
        )
        report = run_index(engine, ocr=True)
    assert (report.failed, report.removed) == ((), 0)
    assert "took too long" in notice(report, "ocr_failed").message
    assert engine.search("tide table", k=1)[0].anchor.page == 1
    assert run_index(engine, ocr=True).updated == 1  # the page that was read is not read again
    assert engine.search("lightning", k=1)[0].anchor.page == 2


def test_a_copy_of_what_ocr_has_read_needs_no_ocr(engine, scan, monkeypatch):
    sees(monkeypatch, ONE, TWO)
    run_index(engine, [str(scan)], ocr=True)
    monkeypatch.setattr(DirectReaders, "recognised", {})
    (scan / "copy.pdf").write_bytes((scan / "scan.pdf").read_bytes())
    report = run_index(engine)
    assert (report.added, report.failed, notice(report, "needs_ocr")) == (1, (), None)


def test_a_newer_reader_keeps_what_ocr_has_read(engine, scan, monkeypatch):
    sees(monkeypatch, ONE, ReadError("Reading took too long.", code="timeout"))
    run_index(engine, [str(scan)], ocr=True)
    monkeypatch.setattr(ingest, "VERSION", ingest.VERSION + 1)
    monkeypatch.setattr(DirectReaders, "recognised", {})
    report = run_index(engine)
    assert (report.added, report.updated, report.removed, report.failed) == (0, 1, 0, ())
    assert engine.search("ferry noon", k=1)[0].anchor.page == 1


def test_a_picture_is_passed_over_until_ocr_is_asked_for_and_stays(engine, scan, monkeypatch):
    (scan / "scan.pdf").unlink()
    (scan / "photo.png").write_bytes(PNG + b"not decoded here")
    report = run_index(engine, [str(scan)])
    assert [skipped.reason for skipped in report.skipped] == ["picture that OCR can read"]
    assert "1 picture" in notice(report, "needs_ocr").message
    sees(monkeypatch, ONE)
    report = run_index(engine, ocr=True)
    assert (report.added, report.skipped, report.failed) == (1, (), ())
    assert run_index(engine).unchanged == 1
    assert engine.search("ferry", k=1)[0].path == str(scan / "photo.png")


def test_what_ocr_has_read_is_forgotten_with_its_document(engine, scan, monkeypatch):
    sees(monkeypatch, ONE, TWO)
    run_index(engine, [str(scan)], ocr=True)
    list(engine.forget([str(scan)]))
    kept = [path for path in scan.parent.joinpath("store").rglob("*") if path.is_file()]
    assert not any(b"Lightning struck" in path.read_bytes() for path in kept)
