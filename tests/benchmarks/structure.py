"""Measure the structure of one or more checkouts, side by side.

    python tests/benchmarks/structure.py [CHECKOUT...]

Counts the modules beside the rooms, the modules in circles of imports, imports that point up, the lines of the two
clients, and the most modules that define one operation by name. Needs only the standard library.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

# from the floor upwards; what is not listed stands at the top
FLOORS = (
    ("errors", "paths", "lines", "config", "forms", "schema", "reports", "codec", "evaluation", "vectors", "results"),
    ("sentences", "text", "privacy", "seccomp", "ollama", "ollama_stream"),
    ("ingest", "embed", "index", "answer", "checks", "listing", "indexing", "rebuilding", "locating", "evaluating"),
    ("asking", "sampling", "scope", "questions", "engine", "service"),
    ("render", "findings", "jupyter_checks", "proofs", "doctor", "pull_embedder"),
    ("adapters",),
)
OPERATIONS = ("index", "rebuild", "search", "evaluate", "vectors", "locate")  # names of nothing else


def main(checkouts: list[str]) -> None:
    """Print a line per measure and a column per checkout."""
    places = [Path(checkout) / "jupyter_localai" for checkout in checkouts or ["."]]
    measures = {
        "modules beside the rooms": lambda place: len(list(place.glob("*.py"))),
        "modules in circles": lambda place: len(in_circles(imports(place))),
        "imports that point up": lambda place: sum(1 for _ in upward(imports(place))),
        "lines of the two clients": client_lines,
        "modules that define an operation, at most": most_places,
    }
    for name, measure in measures.items():
        print(f"{name:<42}", *(f"{measure(place):>8}" for place in places))


def modules(place: Path) -> Iterator[tuple[str, ast.Module]]:
    """Yield the dotted name and the tree of each module."""
    for path in sorted(place.rglob("*.py")):
        name = ".".join(path.relative_to(place).with_suffix("").parts)
        yield name, ast.parse(path.read_text(encoding="utf-8"))


def imports(place: Path) -> dict[str, set[str]]:
    """Return which modules of the package each one imports, at any depth of its code."""
    trees = dict(modules(place))
    found: dict[str, set[str]] = {}
    for name, tree in trees.items():
        here = name.split(".")
        targets = found[name] = set()
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.level:
                base = here[: len(here) - node.level] + (node.module or "").split(".") * bool(node.module)
                for alias in node.names:
                    module = ".".join([*base, alias.name])
                    target = next((m for m in (module, f"{module}.__init__", ".".join(base)) if m in trees), None)
                    targets |= {target} - {None, name}
    return found


def in_circles(found: dict[str, set[str]]) -> set[str]:
    """Return the modules that import themselves by way of others."""
    circles = set()
    for start in found:
        seen, todo = set(), list(found[start])
        while todo:
            if (name := todo.pop()) not in seen:
                seen.add(name)
                todo += found[name]
        if start in seen:
            circles.add(start)
    return circles


def upward(found: dict[str, set[str]]) -> Iterator[tuple[str, str]]:
    """Yield each import of a module that stands on a higher floor; the package's entrances may import all."""
    floor = {room: number for number, rooms in enumerate(FLOORS) for room in rooms}
    for name, targets in found.items():
        for target in targets:
            is_entrance = name.split(".")[-1] in ("__init__", "__main__")
            if not is_entrance and floor.get(name.split(".")[0], 0) < floor.get(target.split(".")[0], 0):
                yield name, target


def client_lines(place: Path) -> int:
    """Return how many lines the synchronous and the asynchronous client have together."""
    names = ("client.py", "sync_client.py", "async_client.py")
    files = [path for path in (place / "service").rglob("*.py") if path.name in names]
    return sum(len(path.read_text(encoding="utf-8").splitlines()) for path in files)


def most_places(place: Path) -> int:
    """Return how many modules of the engine and its service define the operation that most of them define.

    A definition is a function of its name, or its entry in a table of names.
    """
    counts = dict.fromkeys(OPERATIONS, 0)
    for name, tree in modules(place):
        if name in ("engine", "engine.engine") or name.startswith("service"):
            defined = {
                node.name for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
            }
            tables = [node.value for node in ast.walk(tree) if isinstance(node, (ast.Assign, ast.AnnAssign))]
            for table in tables:
                entries = (
                    table.elts if isinstance(table, ast.Tuple) else table.keys if isinstance(table, ast.Dict) else []
                )
                defined |= {str(entry.value) for entry in entries if isinstance(entry, ast.Constant)}
            for operation in defined & counts.keys():
                counts[operation] += 1
    return max(counts.values())


if __name__ == "__main__":
    main(sys.argv[1:])
