"""``%localai``, ``%ask`` and ``%%ask`` in a notebook or an IPython terminal, and ``%config LocalAI``."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from IPython.core.completer import CompletionContext, SimpleCompletion, context_matcher
from IPython.core.magic import Magics, line_cell_magic, line_magic, magics_class, needs_local_scope, no_var_expand
from traitlets import Bool, Int, TraitError, Unicode, validate

from ...doctor import missing_panel
from ..arguments import ask_parser, command_parsers
from . import question_marks

if TYPE_CHECKING:
    from .actions import Notebook


@magics_class
class LocalAI(Magics):
    """Private document search and cited answers; these settings apply to all cells."""

    store = Unicode("", help="Folder of the index; empty means the setting `store`.").tag(config=True)
    collection = Unicode("", help="Collection of index, search and ask without -c.").tag(config=True)
    k = Int(None, allow_none=True, help="Number of hits and passages without -k.").tag(config=True)
    model = Unicode("", help="Chat model; empty means the setting `model`.").tag(config=True)
    extractive = Bool(False, help="Whether to answer only with sentences from the documents.").tag(config=True)
    quotes = Bool(
        None, allow_none=True, help="Whether outputs show text of documents; None means the setting `quotes`."
    ).tag(config=True)

    def __init__(self, shell: Any, **keywords: Any) -> None:
        super().__init__(shell, **keywords)
        self._shell = shell

    @functools.cached_property
    def _notebook(self) -> Notebook:
        from .actions import Notebook

        return Notebook(self._shell, self)

    @validate("k")
    def _check_k(self, proposal: Mapping[str, Any]) -> Any:
        if proposal["value"] is not None and not 1 <= proposal["value"] <= 1000:
            raise TraitError(f"k must be between 1 and 1000, not {proposal['value']}.")
        return proposal["value"]

    @no_var_expand
    @needs_local_scope
    @line_magic
    def localai(self, line: str, local_ns: Mapping[str, Any] | None = None) -> Any:
        return self._notebook.localai(line, local_ns)

    @no_var_expand
    @needs_local_scope
    @line_cell_magic
    def ask(self, line: str, cell: str | None = None, local_ns: Mapping[str, Any] | None = None) -> None:
        self._notebook.ask(line, cell, local_ns)

    localai.__doc__ = command_parsers()[0].format_help()  # shown by %localai?
    ask.__doc__ = ask_parser().format_help()

    @context_matcher(identifier="LocalAI")  # type: ignore[untyped-decorator]
    def matcher(self, context: CompletionContext) -> dict[str, Any]:
        """Complete a line of these magics, and suppress other completers."""
        first, *_ = lines = context.full_text.split("\n")
        line = lines[context.cursor_line][: context.cursor_position]
        if context.cursor_line and first.startswith("%%ask"):
            part, found = self._notebook.completer.body(first, line)
        elif "localai" in line or "ask" in line:
            part, found = self._notebook.completer(line, self._shell.automagic)
        else:
            return {"completions": []}
        completions = [SimpleCompletion(text, type="magic") for text in found]
        return {"completions": completions, "matched_fragment": part, "suppress": bool(found), "ordered": True}


def load(shell: Any) -> None:
    """Register the magics, their completion, and the display of documents."""
    magics = LocalAI(shell)
    shell.register_magics(magics)
    shell.Completer.custom_matchers.append(magics.matcher)
    question_marks.allow(shell)
    shell.display_formatter.formatters["text/plain"].for_type_by_name(*_DOCUMENT, _show_document)
    if said := missing_panel.note():
        print(said)


def unload(shell: Any) -> None:
    """Undo `load`."""
    manager = shell.magics_manager
    magics = manager.registry.pop("LocalAI", None)
    for kind, names in (("line", ("localai", "ask")), ("cell", ("ask",))):
        for name in names:
            manager.magics[kind].pop(name, None)
    shell.configurables[:] = [each for each in shell.configurables if each is not magics]
    shell.Completer.custom_matchers[:] = [each for each in shell.Completer.custom_matchers if each != magics.matcher]
    question_marks.disallow(shell)
    shell.display_formatter.formatters["text/plain"].pop(".".join(_DOCUMENT), None)


_DOCUMENT = ("jupyter_localai.results.passages", "Document")


def _show_document(document: Any, printer: Any, cycle: bool) -> None:
    from ...render import text

    printer.text("\n".join([*(f"Note: {warning}" for warning in document.warnings), text.document_text(document)]))
