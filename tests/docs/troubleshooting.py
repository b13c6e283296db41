"""Write the table of errors in docs/troubleshooting.md, from where they are raised.

python -m tests.docs.troubleshooting

A message is told as it stands in the code; what is known only when it is raised is written as an ellipsis.
"""

from __future__ import annotations

import ast
import functools
import importlib
import inspect
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

from jupyter_localai.errors import Cancelled, LocalAIError
from jupyter_localai.results.files import Failure, Notice

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "jupyter_localai"
PAGE = ROOT / "docs" / "troubleshooting.md"
BEGIN = "<!-- What follows is written by `python -m tests.docs.troubleshooting`. -->\n"
UNKNOWN = "…"
_IN_PANEL = re.compile(
    r"""new\ RequestError\(\s*'(\w+)',\s*this\._trans\.__\(\s*'([^']+)'[^)]*\),
        \s*(?:this\._trans\.__\(\s*'([^']+)'|'')""",
    re.VERBOSE,
)


class Told(NamedTuple):
    """One way an error or a notice is told."""

    kind: type
    code: str
    message: str
    remedy: str


def modules() -> Iterator[tuple[ModuleType, ast.Module]]:
    """Yield every module of the package with its syntax tree."""
    for path in sorted(PACKAGE.rglob("*.py")):
        if path.name != "__main__.py":
            name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
            yield importlib.import_module(name), ast.parse(path.read_text())


class Scope(NamedTuple):
    """Where a call stands: in which class, and behind which assignments."""

    module: ModuleType
    assigned: Sequence[ast.Assign]
    within: str


def calls() -> Iterator[tuple[Scope, ast.Call, ast.Module]]:
    """Yield every call of the package, with where it stands."""
    for module, tree in modules():
        scopes: dict[int, Scope] = {}
        for node in ast.walk(tree):  # from the outside in, so that the innermost is what remains
            scope = scopes.get(id(node), Scope(module, (), ""))
            if isinstance(node, ast.ClassDef):
                scope = scope._replace(within=node.name)
            elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                scope = scope._replace(assigned=[each for each in ast.walk(node) if isinstance(each, ast.Assign)])
            scopes.update((id(child), scope) for child in ast.iter_child_nodes(node))
            if isinstance(node, ast.Call):
                yield scope, node, tree


def told() -> set[Told]:
    """Return all that the package can tell when something goes wrong."""
    found = {Told(Cancelled, Cancelled.default_code, "Stopped.", "")}
    for scope, call, tree in calls():
        name = ast.unparse(call.func)
        if made := _constructors().get(name):
            call = ast.Call(call.func, [*call.args, *made.args[len(call.args) :]], made.keywords)
            name = name.partition(".")[0]
        error = _refusing(tree).get(name)
        name = ast.unparse(error.func) if error else scope.within if name == "cls" else name
        kind = getattr(scope.module, name, None)
        if kind in (Notice, Failure):
            found |= set(_noted(scope, kind, call))
        elif isinstance(kind, type) and issubclass(kind, LocalAIError):
            found |= set(_raised(scope, kind, call, error or call))
    return found


@functools.cache
def _constructors() -> dict[str, ast.Call]:
    """Return, by its name, what each class method of an error that only makes one calls its class with."""
    made = {}
    for kind in ast.parse((PACKAGE / "errors.py").read_text()).body:
        for node in kind.body if isinstance(kind, ast.ClassDef) else ():
            last = node.body[-1] if isinstance(node, ast.FunctionDef) and len(node.body) == 2 else None
            if (
                isinstance(last, ast.Return)
                and isinstance(last.value, ast.Call)
                and ast.unparse(last.value.func) == "cls"
            ):
                made[f"{kind.name}.{node.name}"] = last.value
    return made


def _refusing(tree: ast.Module) -> dict[str, ast.Call]:
    """Return each function that only raises an error with the message it is given, and the call of the error."""
    found = {}
    for node in tree.body:
        last = node.body[-1] if isinstance(node, ast.FunctionDef) and len(node.body) == 1 else None
        error = last.exc if isinstance(last, ast.Raise) else None
        if isinstance(error, ast.Call) and [ast.unparse(word) for word in error.args] == [
            a.arg for a in node.args.args
        ]:
            found[node.name] = error
    return found


def _raised(scope: Scope, kind: type[LocalAIError], call: ast.Call, error: ast.Call) -> Iterator[Told]:
    codes = [word.value for word in error.keywords if word.arg == "code"]
    code = _words(scope, codes[0]) if codes else kind.default_code
    message, remedy = [*(_words(scope, word) for word in call.args), "", ""][:2]
    if code != UNKNOWN and _says(message):
        yield Told(kind, code, message, remedy if _says(remedy) else "")


def _noted(scope: Scope, kind: type, call: ast.Call) -> Iterator[Told]:
    words = [_words(scope, word) for word in call.args][kind is Failure :]  # which begins with a path
    code, message, remedy = [*words, "", "", ""][:3]
    if _says(code):
        yield Told(Notice, code, message, remedy if _says(remedy) else "")


def _says(text: str) -> bool:
    return any(ch.isalpha() for ch in text)


def _words(scope: Scope, node: ast.expr) -> str:
    """Return the text of an expression, with an ellipsis for what is not known before it is raised."""
    if isinstance(node, ast.JoinedStr):
        text = re.sub(rf"{UNKNOWN}+", UNKNOWN, "".join(_words(scope, part) for part in node.values))
        return re.sub(rf"(?<=\.){UNKNOWN}$", "", text)  # a hint behind the sentence, such as a name that is close
    if isinstance(node, ast.FormattedValue):
        return _value(scope, node.value, _words(scope, node.format_spec) if node.format_spec else "")
    if isinstance(node, ast.IfExp):
        return f"{_words(scope, node.body)} Or: {_words(scope, node.orelse)}"
    if isinstance(node, ast.Name):
        given = _given(scope, node)
        if isinstance(given, (ast.Constant, ast.JoinedStr, ast.IfExp)):
            return _words(scope, given)
    return _value(scope, node, "")


def _given(scope: Scope, name: ast.Name) -> ast.expr | None:
    """Return what was assigned to a local name last before it is used."""
    before = [each for each in scope.assigned if each.lineno < name.lineno and _is(each.targets[0], name)]
    return max(before, key=lambda each: each.lineno).value if before else None


def _is(target: ast.expr, name: ast.Name) -> bool:
    return isinstance(target, ast.Name) and target.id == name.id


def _value(scope: Scope, node: ast.expr, spec: str) -> str:
    """Return the value of an expression over the module's constants, or an ellipsis."""
    names = {name: value for name, value in vars(scope.module).items() if isinstance(value, (str, int, float))}
    try:
        value = eval(compile(ast.Expression(node), scope.module.__name__, "eval"), {"__builtins__": {}}, names)
        return format(value, spec) if isinstance(value, (str, int, float)) else UNKNOWN
    except Exception:  # it has something in it that is known only there
        return UNKNOWN


def in_panel() -> list[tuple[str, str, str]]:
    """Return the code, message and remedy of each error that the panel itself tells."""
    texts = [path.read_text() for path in sorted((ROOT / "extension" / "src").rglob("*.ts"))]
    found = {match for text in texts for match in _IN_PANEL.findall(text)}
    return sorted((code, *(re.sub(r"%\d", UNKNOWN, words) for words in said)) for code, *said in found)


def page() -> str:
    """Return the part of the page that is not written by hand."""
    found = told()
    parts = [BEGIN]
    for kind in (*_below(LocalAIError), LocalAIError):
        if rows := sorted({(each.code, each.message, each.remedy) for each in found if each.kind is kind}):
            parts.append(_section(f"`{kind.__name__}`", _about(kind), rows))
    noted = sorted({(each.code, each.message, each.remedy) for each in found if each.kind is Notice})
    about = "These are no errors. A report contains them, beside what was done."
    parts.append(_section("Notes beside a result", about, noted))
    parts.append(_section("Errors of the panel itself", "These occur between the page and its server.", in_panel()))
    return "\n".join(parts)


def _section(title: str, about: str, rows: Iterable[tuple[str, str, str]]) -> str:
    table = [f"| `{code}` | {_cell(message)} | {_cell(remedy)} |" for code, message, remedy in rows]
    return "\n".join([f"### {title}\n\n{about}\n", "| code | what it says | what helps |", "|---|---|---|", *table, ""])


def _cell(text: str) -> str:
    text = re.sub(rf"{UNKNOWN}\.(?=\s|$)", UNKNOWN, " ".join(text.split()))
    return re.sub(r"([|<*`])", r"\\\1", text)


def _about(kind: type) -> str:
    return inspect.cleandoc(kind.__doc__ or "").split("\n")[0]


def _below(kind: type[LocalAIError]) -> list[type[LocalAIError]]:
    return [found for child in kind.__subclasses__() for found in (child, *_below(child))]


def written_by_hand() -> str:
    """Return the page up to the part that is not."""
    return PAGE.read_text().split(BEGIN)[0]


if __name__ == "__main__":
    PAGE.write_text(written_by_hand() + page())
