"""OCR of a scan that is made here: English, German and French, in one column and two, straight and askew.

    python tests/benchmarks/ocr.py [--pages 30] [--dpi 150 200 300]

Reads the scan through the reading process as an index run does, and prints for each resolution the share of wrong
characters (white space counts as one space), pages a minute, and the most memory the process had. It needs the extra
``ocr``.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import matplotlib
import numpy as np
import psutil
from PIL import Image, ImageDraw, ImageFont

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from jupyter_localai.ingest.readers import FileToRead, Limits, Readers  # noqa: E402

WORDS = {
    "English": """the harbour master kept a careful record of every vessel that entered before nightfall and he wrote
        down its cargo its flag and the name of its captain although nobody had asked him to do so since the war which
        is why historians of trade value these twelve volumes far more than the official ledgers of the port""",
    "German": """der Hafenmeister führte über jedes Schiff das vor Einbruch der Nacht einlief sorgfältig Buch und er
        vermerkte Ladung Flagge sowie den Namen des Kapitäns obwohl ihn niemand darum gebeten hatte weshalb die
        größeren Handelshäuser später Auszüge für ihre Prüfungen verlangten und süße Äpfel Öl und Übersee zählten""",
    "French": """le maître du port tenait un registre précis de chaque navire entré avant la tombée de la nuit où il
        notait la cargaison le pavillon et le nom du capitaine bien que personne ne lui eût demandé cela depuis la
        guerre ce qui explique pourquoi les historiens apprécient ces volumes reliés à l’ancienne et très abîmés""",
}
POINTS, LEADING = 10.5, 1.35
LIMITS = Limits(seconds=300, max_bytes=500 * 2**20)


class Page(NamedTuple):
    """What stands on a page, and how."""

    language: str
    paragraphs: list[str]
    columns: int
    degrees: float


def main() -> None:
    """Run the benchmark and print its table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=int, default=30)
    parser.add_argument("--dpi", type=int, nargs="+", default=[150, 200, 300])
    options = parser.parse_args()
    chance = random.Random(7)
    pages = [page(number, chance) for number in range(options.pages)]
    print(f"{options.pages} pages, {sum(len(text) for each in pages for text in each.paragraphs):,} characters at most")
    for dpi in options.dpi:
        measure(pages, dpi)


def page(number: int, chance: random.Random) -> Page:
    """Return the page of this number: languages take turns, every other page has two columns, every third is askew."""
    language = list(WORDS)[number % len(WORDS)]
    words = WORDS[language].split()
    paragraphs = []
    for _ in range(6):
        sentences = []
        for _ in range(4):
            chosen = [chance.choice(words) for _ in range(chance.randint(8, 16))]
            chosen.insert(chance.randrange(len(chosen)), f"{chance.randint(2, 9999):,}")
            sentences.append(" ".join(chosen).capitalize() + chance.choice((".", ".", "?", ";")))
        paragraphs.append(" ".join(sentences))
    return Page(language, paragraphs, 1 + number % 2, 1.0 if number % 3 == 2 else 0.0)


def drawn(page: Page, dpi: int) -> tuple[Image.Image, str]:
    """Return a page as a scanner gives it, and the text that fits on it."""
    width, height, margin = (round(part * dpi) for part in (8.27, 11.69, 0.9))
    image = Image.new("L", (width, height), 250)
    draw = ImageDraw.Draw(image)
    name = "DejaVuSerif.ttf" if page.columns == 1 else "DejaVuSans.ttf"
    font = ImageFont.truetype(f"{matplotlib.get_data_path()}/fonts/ttf/{name}", round(POINTS * dpi / 72))
    step, gap = round(POINTS * LEADING * dpi / 72), round(0.3 * dpi)
    room = (width - 2 * margin - gap * (page.columns - 1)) // page.columns
    lines = [line for text in page.paragraphs for line in [*wrapped(text, font, room), ""]]
    per_column = min((height - 2 * margin) // step, -(-len(lines) // page.columns))
    shown = []
    for column in range(page.columns):
        for row, line in enumerate(lines[column * per_column : (column + 1) * per_column]):
            draw.text((margin + column * (room + gap), margin + row * step), line, 20, font=font)
            shown.append(line)
    noise = np.random.default_rng(3).normal(0, 6, (height, width))
    turned = image.rotate(page.degrees, resample=Image.Resampling.BICUBIC, fillcolor=250)
    scan = Image.fromarray(np.clip(np.asarray(turned, np.float32) + noise, 0, 255).astype(np.uint8))
    return scan, " ".join(" ".join(shown).split())


def wrapped(text: str, font: ImageFont.FreeTypeFont, room: int) -> list[str]:
    """Return the lines of a paragraph."""
    lines, line = [], ""
    for word in text.split():
        longer = f"{line} {word}".strip()
        if font.getlength(longer) > room:
            lines.append(line)
            longer = word
        line = longer
    return [*lines, line]


def measure(pages: Sequence[Page], dpi: int) -> None:
    """Read the scan at one resolution, and print what came of it."""
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "scan.pdf"
        scans = [drawn(page, dpi) for page in pages]
        first, *rest = [image for image, _ in scans]
        first.save(path, save_all=True, append_images=rest, resolution=dpi, quality=85)
        readers = Readers(1)
        wrong: dict[str, list[int]] = {}
        letters: dict[str, list[int]] = {}
        memory = space = 0
        started = time.perf_counter()
        for outcome in readers.recognise(FileToRead(str(path)), range(1, len(pages) + 1), LIMITS):
            rss, peak = used()
            memory, space = max(memory, rss), max(space, peak)
            if outcome is None:
                continue
            number, reading = outcome
            assert reading.page is not None, reading.error
            kind, truth = pages[number - 1], scans[number - 1][1]
            read = " ".join(reading.page.text.replace("\ufffe\n", "").split())
            for group in ("all", kind.language, f"{kind.columns} columns", f"{kind.degrees:g}° askew"):
                wrong.setdefault(group, []).append(distance(truth, read))
                letters.setdefault(group, []).append(len(truth))
        took = time.perf_counter() - started
        readers.close()
    print(
        f"{dpi} dpi: {60 * len(pages) / took:.1f} pages a minute, {memory / 2**20:,.0f} MiB resident at most, "
        f"{space / 2**20:,.0f} MiB of addresses"
    )
    print("   wrong: " + ", ".join(f"{group} {sum(wrong[group]) / sum(letters[group]):.2%}" for group in wrong))


def used() -> tuple[int, int]:
    """Return the resident memory and the most addresses of the process that reads."""
    resident = peak = 0
    for child in psutil.Process().children(recursive=True):
        try:
            status = Path(f"/proc/{child.pid}/status").read_text().splitlines()
        except OSError:
            continue
        kept = {line.split(":")[0]: int(line.split()[1]) * 1024 for line in status if line.startswith("Vm")}
        resident, peak = max(resident, kept.get("VmHWM", 0)), max(peak, kept.get("VmPeak", 0))
    return resident, peak


def distance(truth: str, read: str) -> int:
    """Return how many characters have to be changed, put in or taken out."""
    target = np.array(list(read))
    columns = np.arange(len(target) + 1)
    row = columns.copy()
    for index, letter in enumerate(truth, 1):
        changed = row[:-1] + (target != letter)
        best = np.minimum(row[1:] + 1, changed)
        row = np.minimum.accumulate(np.concatenate(([index], best)) - columns) + columns
    return int(row[-1])


if __name__ == "__main__":
    main()
