"""No pattern of the package takes more than linear time: text of documents and of models meets them.

Each pattern is used as the package uses it, on runs of what it looks for, which grow until they are long.
"""

import ast
import importlib
import itertools
import pkgutil
import random
import re
from pathlib import Path

import pytest

import jupyter_localai
from tests.support.linear import SIZES, grows_faster, undisturbed
from tests.support.probe import parse_tree

_ROOT = Path(jupyter_localai.__file__).parent
_WHOLE = {"search", "sub", "subn", "split", "findall", "finditer"}
_USES = {*_WHOLE, "match", "fullmatch"}
_SEEDS = ' \n<[(1.,-a"`_/:#*=A'
_CASES = 150  # per pattern and use, beside the runs of one letter
_TYPED = {"jupyter_localai.adapters.notebook.lines._WORD": "splits a line of code that its user runs"}


def _modules():
    for found in pkgutil.walk_packages([str(_ROOT)], "jupyter_localai."):
        path = _ROOT.joinpath(*found.name.split(".")[1:])
        yield found.name, path / "__init__.py" if found.ispkg else path.with_suffix(".py")


def _collected():
    """Return ``{place: (pattern, uses)}`` of the compiled patterns and of those written where they are used."""
    uses, texts = {}, {}
    trees = [(name, ast.parse(path.read_text(encoding="utf-8"))) for name, path in _modules()]
    for module, tree in trees:
        for node in ast.walk(tree):
            if not (isinstance(node, ast.Attribute) and node.attr in _USES):
                continue
            owner = node.value
            name = owner.id if isinstance(owner, ast.Name) else owner.attr if isinstance(owner, ast.Attribute) else ""
            uses.setdefault((module if name.startswith("_") else "", name), set()).add(node.attr)
        for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
            function = call.func
            if not (isinstance(function, ast.Attribute) and getattr(function.value, "id", "") == "re" and call.args):
                continue
            first = call.args[0]
            if function.attr in _USES and isinstance(first, ast.Constant):
                flags = next((k.value for k in call.keywords if k.arg == "flags"), call.args[-1])
                names = {node.attr for node in ast.walk(flags) if isinstance(node, ast.Attribute)}
                flag = sum(getattr(re, name) for name in names if isinstance(getattr(re, name, None), re.RegexFlag))
                texts[f"{module}:{first.lineno}"] = (re.compile(first.value, flag), {function.attr})
    for module, _ in trees:
        try:
            held = vars(importlib.import_module(module))
        except ImportError:  # an extra that is not installed
            continue
        for name, value in held.items():
            if (
                isinstance(value, re.Pattern)
                and all(value is not seen for seen, _ in texts.values())
                and (module if name.startswith("_") else "", name) in uses
            ):
                texts[f"{module}.{name}"] = (value, uses[module if name.startswith("_") else "", name])
    return texts


PATTERNS = _collected()


def _skeleton(nodes, chance):
    """Return a text that the pattern looks for, by chance, as ``(piece, whether it may be repeated)``."""
    for name, value in nodes:
        kind = str(name)
        if kind == "LITERAL":
            yield chr(value), False
        elif kind in ("NOT_LITERAL", "ANY"):
            yield chance.choice("a1 ."), False
        elif kind == "IN":
            yield _of_class(value, chance), False
        elif kind == "BRANCH":
            yield from _skeleton(chance.choice(value[1]), chance)
        elif kind == "SUBPATTERN":
            yield from _skeleton(value[-1], chance)
        elif kind == "ASSERT" or (kind == "ASSERT_NOT" and value[0] > 0 and chance.random() < 0.5):
            yield from _skeleton(value[1], chance)
        elif kind.endswith("_REPEAT"):
            least, most, body = value
            inner = "".join(piece for piece, _ in _skeleton(body, chance))
            if most > SIZES[0]:
                yield inner * max(1, least - 1), False
                yield inner, True
            else:
                yield inner * chance.randint(least, min(most, least + 1)), False


def _of_class(items, chance):
    """Return a letter of a class, or nearly of it."""
    found = []
    for name, value in items:
        kind = str(name)
        if kind == "NEGATE":
            return chance.choice("a1 .<[-")
        if kind == "LITERAL":
            found.append(chr(value))
        elif kind == "RANGE":
            found.append(chr(value[0]))
        elif kind == "CATEGORY":
            word = str(value).removeprefix("CATEGORY_")
            found.append({"SPACE": " ", "DIGIT": "1", "WORD": "a", "NOT_SPACE": "a"}.get(word, "-"))
    return chance.choice(found)


def _cases(pattern):
    """Yield texts as ``(piece, how often for each step of the size)``."""
    chance = random.Random(0)
    for begin, unit, end in itertools.product(("", "<", "a"), _SEEDS, ("", "\0")):
        yield [(begin, 0), (unit, 1), (end, 0)]
    tree = parse_tree(pattern.pattern, pattern.flags)
    for _ in range(_CASES):
        pieces = list(_skeleton(tree, chance))
        growing = [at for at, (_, repeats) in enumerate(pieces) if repeats] or [chance.randrange(max(1, len(pieces)))]
        chosen = chance.sample(growing, min(len(growing), chance.randint(1, 2)))
        cut = chance.choice(
            (len(pieces), max(chosen) + 1, chance.randint(max(chosen) + 1, max(len(pieces), max(chosen) + 1)))
        )
        text = [(piece, int(at in chosen)) for at, (piece, _) in enumerate(pieces[:cut])]
        if chance.random() < 0.3:  # all of it again and again
            text = [("".join(piece for piece, _ in text), 1)]
        yield [*text, (chance.choice(("", "\0", *_SEEDS)), 0)]


def _text(case, size, pattern):
    text = "".join(piece * size if grows else piece for piece, grows in case)
    return text if isinstance(pattern.pattern, str) else text.encode("latin-1", "replace")


def _used(pattern, use):
    if use in _WHOLE:
        return lambda text: [None for _ in pattern.finditer(text)]
    return getattr(pattern, use)


def _slow(pattern, uses):
    """Return the cases in which a pattern takes more than linear time."""
    return [
        (use, case)
        for use in uses
        for case in _cases(pattern)
        if grows_faster(_used(pattern, use), lambda size, case=case: _text(case, size, pattern))
    ]


@pytest.mark.parametrize("place", sorted(PATTERNS))
def test_a_pattern_takes_linear_time(place):
    if place in _TYPED:
        pytest.skip(_TYPED[place])
    pattern, uses = PATTERNS[place]
    with undisturbed():
        wanted = sorted({"search" if use in _WHOLE else use for use in uses})
        slow = _slow(pattern, wanted)
        if slow:  # what is slow for another program's sake is so once
            again = _slow(pattern, wanted)
            slow = [case for case in slow if case in again]
    assert not slow, f"{place} grows faster than the text, {len(slow)} times, as in {slow[0]}"


def test_the_package_has_no_pattern_that_the_test_above_does_not_see():
    assert len(PATTERNS) > 90
    assert "jupyter_localai.answer.markers.MARKER" in PATTERNS
    assert "jupyter_localai.answer.prompt._CONTROL" in PATTERNS
    assert any(place.startswith("jupyter_localai.ingest.formats.text:") for place in PATTERNS)


@pytest.mark.parametrize("source", [r"\s*\[", r"<\s*/?\s*sys", r"\[[^\]]*\]\([^)]*\)", r"(\S+)$"])
def test_the_test_sees_a_pattern_that_is_not_linear(source):
    assert _slow(re.compile(source), ["search"])
