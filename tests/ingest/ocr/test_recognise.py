"""OCR with its real models, in the process that it runs in."""

import hashlib
import io

import pytest

pytest.importorskip("rapidocr", reason="the extra ocr is not installed")

import matplotlib
from PIL import Image, ImageDraw, ImageFont

from jupyter_localai.errors import ReadError
from jupyter_localai.ingest.ocr import models, pages
from jupyter_localai.ingest.readers import FileToRead, Limits, Readers

LIMITS = Limits(seconds=300, max_bytes=10**7)
TEXT = ["The harbour master wrote down", "every vessel of the year 1934.", "Straßenbäume wachsen größer."]


def picture(lines=TEXT):
    image = Image.new("L", (900, 60 + 60 * len(lines)), "white")
    font = ImageFont.truetype(f"{matplotlib.get_data_path()}/fonts/ttf/DejaVuSerif.ttf", 32)
    for index, line in enumerate(lines):
        ImageDraw.Draw(image).text((60, 30 + 60 * index), line, "black", font=font)
    return image


def saved(image, kind="PNG", **how):
    file = io.BytesIO()
    image.save(file, kind, **how)
    return file.getvalue()


@pytest.fixture(scope="module")
def readers():
    readers = Readers(1)
    yield readers
    readers.close()


def read(readers, path, data, *numbers):
    path.write_bytes(data)
    outcomes = [each for each in readers.recognise(FileToRead(str(path)), numbers or (1,), LIMITS) if each is not None]
    assert [number for number, _ in outcomes] == list(numbers or (1,))
    assert {reading.digest for _, reading in outcomes} == {hashlib.sha256(data).hexdigest()}
    return [reading.page or reading.error for _, reading in outcomes]


@pytest.mark.parametrize("degrees", [0, 90, 180, 270, 2])
def test_a_picture_is_read_however_it_is_turned(readers, tmp_path, degrees):
    image = picture().rotate(degrees, expand=True, fillcolor="white")
    (page,) = read(readers, tmp_path / "a.png", saved(image))
    assert page.text.split("\n") == TEXT
    assert page.confidence > 0.9


def test_the_pages_of_a_scan_are_read_one_by_one(readers, tmp_path):
    data = saved(picture(["First page."]), "PDF", save_all=True, append_images=[picture(["Second page."])])
    assert [page.text for page in read(readers, tmp_path / "a.pdf", data, 2, 1)] == ["Second page.", "First page."]


def test_each_page_of_a_tiff_is_read(readers, tmp_path):
    data = saved(picture(["First page."]), "TIFF", save_all=True, append_images=[picture(["Second page."])])
    assert [page.text for page in read(readers, tmp_path / "a.tif", data, 1, 2)] == ["First page.", "Second page."]


def test_a_page_without_text_has_none(readers, tmp_path):
    assert read(readers, tmp_path / "a.png", saved(Image.new("L", (600, 400), "white")))[0].text == ""


def test_what_is_no_picture_is_named(readers, tmp_path):
    assert read(readers, tmp_path / "a.png", saved(picture())[:200])[0].code == "corrupted"


def test_a_model_that_is_not_the_tested_one_is_not_used(monkeypatch):
    known = dict.fromkeys(models.SHA256, "0" * 64)
    monkeypatch.setattr(models, "SHA256", known)
    with pytest.raises(ReadError) as caught:
        models.Models()
    assert caught.value.code == "ocr_altered"


def test_a_page_is_not_made_larger_than_its_limit(monkeypatch):
    monkeypatch.setattr(pages, "MAX_SIDE", 300)
    assert max(pages.picture(saved(picture()), 1).shape) <= 300
    assert max(pages.picture(saved(picture(), "PDF"), 1).shape) <= 301
