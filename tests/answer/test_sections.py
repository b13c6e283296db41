"""Sections fit, end where something new begins, and mostly stay where passages are put in before them."""

import random

from jupyter_localai.answer.sections import cut, size
from jupyter_localai.results.passages import Anchor, Hit


def hit(text, path="/a.md", heading=None):
    return Hit(1, 1.0, 1.0, path, path, "1", 0, len(text), Anchor(heading=heading), text)


def texts(count, seed=1):
    chance = random.Random(seed)
    return [" ".join(chance.choices(("pier", "gauge", "boat", "winch"), k=60)) for _ in range(count)]


def test_sections_are_all_the_passages_and_fit():
    passages = [hit(text) for text in [*texts(50), "long " * 2000, *texts(20, seed=2)]]
    sections = list(cut(passages, 1000))
    assert [one for section in sections for one in section] == passages
    for section in sections:
        assert sum(map(size, section)) <= 1000 or len(section) == 1
    assert list(cut([], 1000)) == []


def test_a_section_ends_with_its_document_or_its_heading():
    first, second, third = texts(12, seed=3), texts(12, seed=4), texts(12, seed=5)
    passages = [
        *(hit(text, heading="One > a") for text in first[:7]),
        *(hit(text, heading="Two > b") for text in second[:7]),
        *(hit(text, "/b.md", "Two > b") for text in third),
    ]
    room = 11 * size(passages[0])
    sections = list(cut(passages, room))
    assert [len(section) for section in sections[:2]] == [7, 7]


def test_most_sections_stay_where_passages_are_put_in_before_them():
    passages = [hit(text) for text in texts(400)]
    before = [tuple(section) for section in cut(passages, 2000)]
    after = [tuple(section) for section in cut([*passages[:20], *map(hit, texts(3, seed=9)), *passages[20:]], 2000)]
    assert len(set(after) - set(before)) <= 6 < len(before) / 4
