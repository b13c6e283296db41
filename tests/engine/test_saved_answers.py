"""An answer that was saved beside the documents is no source for the next one."""

import pytest

from tests.support.in_process import run_index


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("whole", [True, False])
def test_saved_answers_are_passed_over_with_a_reason(engine, folder, encoding, whole):
    run_index(engine, [str(folder)])
    *_, answer = engine.ask("Why was the Gull Rock gauge offline?", extractive=True)
    kept = engine.conversation(answer.conversation) if whole else answer
    (folder / "saved.md").write_text(kept.to_markdown(), encoding)
    report = run_index(engine, [str(folder)])
    assert [(skipped.path, skipped.reason) for skipped in report.skipped] == [
        (str(folder / "saved.md"), "saved answers")
    ]
    assert report.added == 0 and not report.failed
    hits = engine.search("Why was the Gull Rock gauge offline?")
    assert hits and all(not hit.path.endswith("saved.md") for hit in hits)


@pytest.mark.parametrize("front", ["---\ntitle: kept\ntags: [a, b]\n---\n", "\n---\n---\n\n"])
def test_properties_that_a_program_puts_above_an_answer_change_nothing(engine, folder, front):
    run_index(engine, [str(folder)])
    *_, answer = engine.ask("Why was the Gull Rock gauge offline?", extractive=True)
    (folder / "saved.md").write_text(front + answer.to_markdown())
    report = run_index(engine, [str(folder)])
    assert [skipped.reason for skipped in report.skipped] == ["saved answers"]


def test_a_document_that_quotes_a_saved_answer_is_read(engine, folder):
    run_index(engine, [str(folder)])
    *_, answer = engine.ask("Why was the Gull Rock gauge offline?", extractive=True)
    (folder / "notes.md").write_text(f"Our notes on lightning rods.\n\n{answer.to_markdown()}")
    report = run_index(engine, [str(folder)])
    assert report.added == 1 and not report.skipped


def test_the_mark_is_not_shown(engine, folder):
    from markdown_it import MarkdownIt

    run_index(engine, [str(folder)])
    *_, answer = engine.ask("Why was the Gull Rock gauge offline?", extractive=True)
    assert "jupyter-localai" not in MarkdownIt("commonmark").render(answer.to_markdown())
