"""One contract for the engine in process, over a Unix socket, over loopback, and awaited."""

import dataclasses
import json
import os
import secrets
import threading
from pathlib import Path

import pytest

from jupyter_localai.errors import (
    BundleError,
    Cancelled,
    EngineError,
    LocalAIError,
    OllamaError,
    RemoteError,
    StoreError,
    UnknownCollectionError,
    UnknownConversationError,
    UsageError,
)
from jupyter_localai.results.answers import Answer, Passages, Thinking, Token
from jupyter_localai.results.files import Rules
from jupyter_localai.results.passages import Hit
from jupyter_localai.results.reports import Documents, IndexReport, Job, Progress
from tests.support.chroma_server import unused_name
from tests.support.engines import Awaited, wait_until
from tests.support.ollama import qwen, says, thinks


@pytest.fixture
def ai(service, chat_model):
    return service.connect(service.config)


@pytest.fixture
def indexed(ai, folder, request):
    """The folder, indexed in a collection of the test's own name."""
    name = request.node.originalname
    assert ai.index(folder, name).added == 3
    return name


def test_documents_go_in_and_are_found(ai, folder):
    seen = []
    report = ai.index(folder, "leave", progress=seen.append)
    assert isinstance(report, IndexReport)
    assert (report.collection, report.added, report.failed) == ("leave", 3, ())
    assert report.chunks == report.embedded > 0
    assert seen and all(isinstance(progress, Progress) for progress in seen)
    hits = ai.search("annual leave", 2, "leave")
    assert len(hits) == 2 and isinstance(hits[0], Hit)
    assert (hits.query, hits.collection) == ("annual leave", "leave")
    assert hits[0].path == str(folder / "leave.md") and hits[0].anchor.line
    assert hits[0].explain is not None and hits[0].text
    assert [c.name for c in ai.collections() if c.name == "leave"] == ["leave"]
    status = ai.status()
    assert status.documents >= 3 and status.pending == 0 and status.bytes > 0
    assert any(info.roots == (str(folder),) for info in status.collections)


def test_a_cited_place_is_found_again(ai, folder, indexed, monkeypatch):
    # no other collection of the store says the same
    (folder / "leave.md").write_text(f"Staff of the {secrets.token_hex(8)} station receive annual leave.\n")
    ai.index(collection=indexed)
    (hit,) = ai.search("annual leave", 1, indexed)
    located = ai.locate(hit.path, hit.start, hit.end, hit.text)
    assert (located.path, located.state, located.anchor) == (hit.path, "same", hit.anchor)
    monkeypatch.chdir(folder)
    assert ai.locate("leave.md", hit.start, hit.end, hit.text).state == "same"
    (folder / "leave.md").rename(folder / "holidays.md")
    assert ai.locate(hit.path, hit.start, hit.end, hit.text).state == "missing"
    ai.index(collection=indexed)
    moved = ai.locate(hit.path, hit.start, hit.end, hit.text)
    assert (moved.path, moved.state) == (str(folder / "holidays.md"), "moved")
    assert ai.locate("/nowhere/at all.md", 0, 5).state == "unknown"
    with pytest.raises(UsageError):
        ai.locate(hit.path, 5, 4)


def test_a_project_is_described_as_it_is_on_disk(ai, folder, indexed, tmp_path):
    lock = ai.lock(folder, {str(folder): Rules(include=("*.md",))}, indexed)
    (document,) = lock.documents
    assert (document.path, document.chunks, len(document.digest)) == ("leave.md", 1, 64) and lock.fingerprint
    (folder / "leave.md").write_text("Something else.")
    (changed,) = ai.lock(folder, {folder / "leave.md": Rules()}, indexed).documents
    assert changed.sha256 != document.sha256 and changed.chunks is None
    with pytest.raises(UsageError, match="outside the project's folder"):
        ai.lock(folder, {str(tmp_path): Rules()}, indexed)


def test_a_collection_follows_its_folders_until_it_is_told_not_to(ai, indexed, request):
    if "in process" in request.node.callspec.id:
        with pytest.raises(StoreError):
            ai.watch(indexed)
        return
    assert ai.watch(indexed).how == "system"
    assert [info.watched for info in ai.collections() if info.name == indexed] == [True]
    assert ai.watch(indexed, on=False).how == "off"
    with pytest.raises(UnknownCollectionError):
        ai.watch("nowhere")


def test_a_collection_goes_out_and_comes_in_as_one_file(ai, folder, indexed, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    exported = ai.export_bundle("b.localai", indexed)
    assert (exported.bundle.path, exported.bundle.documents) == (str(tmp_path / "b.localai"), 3)
    assert ai.inspect_bundle("b.localai") == exported.bundle
    seen = []
    imported = ai.import_bundle("b.localai", f"{indexed} again", root=folder, progress=seen.append)
    assert (imported.documents, imported.embedded, imported.here) == (3, 0, 3) and seen
    assert ai.search("annual leave", 1, f"{indexed} again")[0].path == str(folder / "leave.md")
    with pytest.raises(StoreError) as caught:
        ai.import_bundle("b.localai", indexed)
    assert caught.value.code == "collection_exists"
    (tmp_path / "b.localai").write_bytes(b"PK")
    with pytest.raises(BundleError) as caught:
        ai.import_bundle("b.localai", "other")
    assert caught.value.code == "bundle_unknown" and caught.value.remedy


def test_a_collection_is_shared_attached_and_followed(ai, folder, indexed, team_server):
    name, seen = f"{unused_name()}-{secrets.token_hex(3)}", []
    address = team_server.address
    assert ai.shared_server().address == address and ai.check_shared_server().ok
    shared = ai.share(indexed, name, yes_to=address, progress=seen.append)
    assert (shared.address, shared.name, shared.put, shared.revision) == (address, name, 3, 1) and seen
    attached = ai.attach(shared.key_file, f"{name} here", vectors="remote")
    assert (attached.documents, attached.attachment.revision) == (3, 1)
    ours, theirs = (ai.search("annual leave", 3, where) for where in (indexed, f"{name} here"))
    assert [(hit.text, hit.score) for hit in theirs] == [(hit.text, hit.score) for hit in ours]
    (folder / "leave.md").write_text("Nobody works on Mondays.")
    ai.index(collection=indexed)
    assert ai.share(indexed, dry_run=True).put == 1
    assert ai.share(indexed).put == 1
    (synced,) = ai.sync(f"{name} here").collections
    assert (synced.put, synced.attachment.revision, synced.ok) == (1, 2, True)
    (info,) = [info for info in ai.collections() if info.name == f"{name} here"]
    assert info.shared == synced.attachment and info.roots == ()
    with pytest.raises(UsageError) as caught:
        ai.index(folder, f"{name} here")
    assert caught.value.code == "attached"
    assert ai.detach(f"{name} here").documents == 3
    with pytest.raises(RemoteError):
        ai.share(indexed, name, key=shared.key_file + "x")


def test_what_changes_is_told(ai, folder, indexed):
    (folder / "gauge.txt").unlink()
    assert ai.index(collection=indexed).removed == 1
    assert ai.index(folder, indexed, include=["*.md"], dry_run=True).dry_run is True
    assert ai.rebuild(indexed).collections == (indexed,)
    assert indexed in ai.compact().collections
    assert ai.compact().collections == ()
    assert ai.forget(folder / "leave.md").documents == 1
    assert ai.forget(collection=indexed).collections == (indexed,)
    with pytest.raises(UnknownCollectionError):
        ai.search("leave", collection=indexed)


def test_documents_are_listed_and_single_ones_refreshed(ai, folder, indexed):
    (folder / "broken.pdf").write_bytes(b"%PDF-1.4 and no more")
    (folder / "leave.md").write_text("Nobody works on Mondays.")
    (folder / "gauge.txt").write_text("Not looked at yet.")
    done = ai.index([folder / "broken.pdf", folder / "leave.md"], indexed, refresh=True)
    assert (done.updated, len(done.failed)) == (1, 1)
    documents = ai.documents(indexed)
    assert isinstance(documents, Documents) and [root.path for root in documents.roots] == [str(folder)]
    assert (len(documents), documents.total, documents.failed) == (4, 4, 1)
    assert documents[0].path == str(folder / "broken.pdf") and documents[0].remedy
    assert [item.state for item in ai.documents(indexed, "failed")] == ["failed"]
    assert ai.documents(indexed, name="LEAVE", under=folder, limit=1).total == 1
    assert len(ai.documents(indexed, offset=3)) == 1
    with pytest.raises(UsageError, match="The argument state is wrong"):
        ai.documents(indexed, "broken")
    with pytest.raises(UnknownCollectionError):
        ai.documents("nowhere")


def test_more_documents_than_wanted_are_refused(ai, folder):
    with pytest.raises(UsageError) as caught:
        ai.index(folder, "too many", max_documents=2)
    assert caught.value.code == "too_many_documents" and "too many" not in [c.name for c in ai.collections()]
    assert ai.index(folder, "too many", max_documents=3).added == 3


def test_paths_are_those_of_the_caller(ai, folder, monkeypatch):
    monkeypatch.chdir(folder.parent)
    assert ai.index(folder.name, "relative").added == 3
    assert ai.search("annual leave", 1, "relative")[0].path == str(folder / "leave.md")
    assert ai.forget(Path(folder.name) / "leave.md").documents >= 1


def test_any_name_goes_through(ai, folder):
    (folder / "Kaffee & Käse – 日本 'a'.txt").write_text("The cormorant sat on the gauge.")
    ai.index(folder, "日本 &?/", include=["*.txt"])
    hits = ai.search("cormorant", 3, "日本 &?/", "*日本*")
    assert [hit.path for hit in hits] == [str(folder / "Kaffee & Käse – 日本 'a'.txt")]
    name = os.fsdecode(b"no text \xff.txt")
    try:
        (folder / name).write_text("x")
    except OSError:
        return  # the disk does not take such names
    told = ai.index(collection="日本 &?/")
    assert any(str(folder / "no text ") in entry.path for entry in (*told.skipped, *told.failed))
    with pytest.raises(UsageError, match="no text"):
        ai.forget(folder / name)


def test_an_answer_comes_in_its_parts(ai, indexed):
    ai_events = list(ai.stream("Why was the Gull Rock gauge offline?", indexed, extractive=True))
    assert [type(event) for event in ai_events] == [Passages, Answer]
    answer = ai.ask("Why was the Gull Rock gauge offline?", indexed, extractive=True, file="*.txt")
    assert answer.mode == "extractive" and "lightning" in answer.text
    assert answer.citations[0].path.endswith("gauge.txt") and answer.citations[0].anchor.line == 3


QUESTIONS = [
    {"question": "How many days of annual leave do staff receive?", "file": "leave.md", "quote": "twenty nine days"},
    {"question": "Why was the Gull Rock gauge offline?", "file": "nowhere.pdf"},
]


def test_retrieval_is_measured_and_compared(ai, folder, indexed, tmp_path):
    file = tmp_path / "questions.jsonl"
    file.write_text("\n".join(map(json.dumps, QUESTIONS)))
    seen = []
    alone = ai.evaluate(file, indexed, k=3, progress=seen.append)
    assert (alone.collection, alone.questions, alone.recall, alone.mrr) == (indexed, 2, {1: 0.5, 3: 0.5}, 0.5)
    assert [p.done for p in seen if p.stage == "evaluate"] == [0, 1]
    assert [miss.number for miss in alone.misses] == [2] and alone.warnings[0].code == "no_matching_file"
    both = ai.evaluate(QUESTIONS, indexed, k=3, compare={"file": "*.txt"})
    assert [run.recall[3] for run in both.runs] == [0.5, 0.0]
    assert [one.number for one, _ in both.differences] == [1] and both.labels == ("all files", "*.txt")
    with pytest.raises(UsageError, match="Did you mean 'collection'"):
        ai.evaluate(QUESTIONS, indexed, compare={"colection": "x"})
    with pytest.raises(UnknownCollectionError):
        ai.evaluate(QUESTIONS, indexed, compare={"collection": "nowhere"})
    with pytest.raises(LocalAIError, match="no-such-model"):
        ai.evaluate(QUESTIONS, indexed, compare={"embedder": "no-such-model"})
    with pytest.raises(UsageError, match="Question 1 has no question"):
        ai.evaluate([{}], indexed)


def test_a_measurement_is_marked_where_text_of_documents_is_not_wanted(service, indexed):
    ai = service.connect(dataclasses.replace(service.config, quotes=False))
    both = ai.evaluate(QUESTIONS, indexed, compare={"file": "*.txt"})
    assert [run.quoted for run in both.runs] == [False, False]


def test_vectors_come_as_arrays(ai, folder, indexed):
    vectors = ai.vectors(indexed, "annual leave", limit=2)
    assert vectors.vectors.shape == (2, vectors.dimension) and len(vectors.texts) == 2 < vectors.total
    assert vectors.vectors.dtype == vectors.query.dtype == "float32"
    assert ai.vectors(indexed).query is None and len(ai.vectors(indexed).points) == vectors.total


def test_a_chat_model_answers_piece_by_piece(ai, indexed, chat_model):
    chat_model.chatting = says("Because of ", "lightning [1].")
    events = list(ai.stream("Why was the Gull Rock gauge offline in March?", indexed))
    assert [type(event) for event in events if not isinstance(event, Progress)] == [Passages, Token, Token, Answer]
    assert (events[-1].mode, events[-1].text, events[-1].model) == ("llm", "Because of lightning [1].", "llama3.1:8b")


def test_a_chat_model_is_brought_into_memory_once(ai, chat_model):
    assert (ai.preload(), ai.preload()) == (True, False) and len(chat_model.loads) == 1


def test_a_conversation_goes_on_is_shown_and_deleted(ai, indexed, chat_model):
    chat_model.chatting = says("Because of lightning [1].")
    first = ai.ask("Why was the Gull Rock gauge offline in March?", indexed)
    chat_model.replies = [says("Why was the Gull Rock gauge offline in April?"), says("Nothing is said [1].")]
    passages, *_, answer = ai.stream("Was that so in April?", conversation=first.conversation)
    assert passages.query == answer.query == "Why was the Gull Rock gauge offline in April?"
    talk = ai.conversation(first.conversation)
    assert (talk.collection, talk.turns) == (indexed, 2)
    assert [told.to_dict() for told in talk.answers] == [first.to_dict(), answer.to_dict()]
    assert first.conversation in [found.id for found in ai.conversations()]
    ai.delete_conversations([first.conversation])
    with pytest.raises(UnknownConversationError):
        ai.ask("and in May?", conversation=first.conversation)


def test_thoughts_and_waiting_come_as_events(ai, indexed, chat_model):
    chat_model.models = [qwen()]
    chat_model.chatting = [*thinks("Hm."), *says("Because of lightning [1].")]
    chat_model.pause = 1.2
    events = list(ai.stream("Why was the Gull Rock gauge offline in March?", indexed))
    waiting = [event for event in events if isinstance(event, Progress)]
    assert {event.stage for event in waiting} == {"model"} and waiting[-1].done > 0
    rest = [event for event in events if event not in waiting]
    assert [type(event) for event in rest] == [Passages, Thinking, Token, Answer] and rest[1].text == "Hm."


def test_an_absent_chat_model_is_told_and_costs_no_answer(service, indexed, chat_model):
    chat_model.models = []
    answer = service.connect(service.config).ask("Why was the Gull Rock gauge offline?", indexed)
    assert answer.mode == "extractive" and "no chat model" in answer.warnings[0]
    assert service.connect(dataclasses.replace(service.config, model="x")).ask("gauge offline", indexed).warnings


def test_models_are_listed_and_pulled(ai, chat_model):
    assert [model.name for model in ai.models().models] == ["llama3.1:8b"]
    layer = {"status": "pulling a", "digest": "a", "total": 100, "completed": 50}
    chat_model.pulling = [layer, {"status": "success"}]
    seen = []
    ai.pull("qwen3:4b", progress=seen.append)
    assert seen[-1].stage == "pull" and (seen[-1].total, seen[-1].unit) == (100, "bytes")
    chat_model.pulling = [{"error": "file does not exist"}]
    with pytest.raises(OllamaError) as caught:
        ai.pull("nothing")
    assert caught.value.code == "pull_failed" and caught.value.remedy


@pytest.mark.parametrize("parts", [(), ("One ", "two ", "three ")], ids=["before the first word", "in the middle"])
def test_closing_a_stream_ends_the_chat_models_work(ai, folder, chat_model, parts):
    ai.index(folder, "closing")
    chat_model.chatting = says(*parts, *["word "] * 100)
    chat_model.holds_after = len(parts)
    events = ai.stream("Why was the Gull Rock gauge offline in March?", "closing")
    wanted = Token if parts else Passages
    before = {talk.id for talk in ai.conversations()}
    next(event for event in events if isinstance(event, wanted))
    wait_until(lambda: any(path == "/api/chat" for _, path, _ in chat_model.requests))
    events.close()
    wait_until(lambda: chat_model.left)
    if parts:  # what had come is kept with its sources
        wait_until(lambda: {talk.id for talk in ai.conversations()} - before)
        (answer,) = ai.conversation("last").answers
        assert answer.text.startswith("One") and answer.cut_off and "The answer was stopped." in answer.warnings
        assert answer.passages
    else:
        assert {talk.id for talk in ai.conversations()} == before


def test_a_call_of_another_thread_is_stopped_and_its_work_ends(ai, indexed, chat_model):
    if isinstance(ai, Awaited):
        pytest.skip("there is no thread to stop; a task is cancelled")
    chat_model.chatting, chat_model.holds_after = says("Because."), 0
    stop, ended = threading.Event(), []

    def ask():
        try:
            ai.until(stop).ask("Why was the Gull Rock gauge offline in March?", indexed)
        except Cancelled as error:
            ended.append(error)

    thread = threading.Thread(target=ask)
    thread.start()
    wait_until(lambda: chat_model.chats)
    stop.set()
    thread.join(60)
    assert ended
    wait_until(lambda: chat_model.left)
    assert ai.search("gauge", 1, indexed)  # the client itself goes on


@pytest.mark.parametrize(
    ("kind", "code", "call"),
    [
        (UnknownCollectionError, "unknown_collection", lambda ai: ai.search("x", collection="nowhere")),
        (UsageError, "empty_question", lambda ai: ai.search("?!")),
        (UsageError, "question_too_long", lambda ai: ai.ask("why " * 25_000)),
        (UsageError, "usage", lambda ai: ai.search("x", k=0)),
        (UsageError, "usage", lambda ai: ai.forget()),
        (UsageError, "wrong_argument", lambda ai: ai.search("x", k="many")),
        (UsageError, "unknown_job", lambda ai: ai.follow("nothing")),
        (UsageError, "unknown_job", lambda ai: ai.cancel("nothing")),
        (StoreError, "not_indexed", lambda ai: ai.forget("/nowhere")),
    ],
)
def test_errors_keep_their_class_and_remedy(ai, kind, code, call):
    with pytest.raises(kind) as caught:
        call(ai)
    assert type(caught.value) is kind and caught.value.code == code
    assert caught.value.message


def test_work_in_the_background_is_listed_and_followed(ai, folder):
    job = ai.index(folder, "background", background=True)
    assert isinstance(job, Job) and (job.kind, job.collection) == ("index", "background")
    assert any(told["id"] == job.id for told in ai.status().engine["jobs"])
    report = ai.follow(job)
    assert (report.added, report.collection) == (3, "background")
    (ended,) = [told for told in ai.jobs() if told.id == job.id]
    assert ended.state == "done" and ended.result["added"] == 3
    assert ai.follow(job.id) == report


def test_a_failed_job_tells_why_to_whoever_follows(ai):
    job = ai.index(collection="never indexed", background=True)
    for _ in range(2):
        with pytest.raises(UnknownCollectionError):
            ai.follow(job)
    assert next(told for told in ai.jobs() if told.id == job.id).error["code"] == "unknown_collection"


def test_a_cancelled_job_keeps_what_is_done(ai, service, many):
    job = ai.index(many, "cancelled", background=True)
    started = threading.Event()

    def follow():
        with pytest.raises(Cancelled):
            service.connect(service.config).follow(job, progress=lambda p: p.stage == "index" and started.set())

    follower = threading.Thread(target=follow)
    follower.start()
    assert started.wait(60)
    ai.cancel(job)
    follower.join(60)
    assert not follower.is_alive()
    assert next(told for told in ai.jobs() if told.id == job.id).state == "cancelled"
    assert ai.index(many, "cancelled").chunks == 500
    ai.forget(collection="cancelled")


def test_changes_wait_for_each_other_and_searches_do_not(ai, service, many, indexed):
    first = ai.index(many, "first", background=True)
    second = ai.index(many / "1.txt", "second", background=True)
    stages = []
    waiting = threading.Thread(
        target=lambda: service.connect(service.config).follow(second, progress=lambda p: stages.append(p.stage))
    )
    waiting.start()
    searches = 0
    while next(told for told in ai.jobs() if told.id == first.id).state == "running":
        assert ai.search("annual leave", 1, indexed)[0].document == "Handbook"
        searches += 1
    waiting.join(60)
    assert ai.follow(first).added == 500 and ai.follow(second).added == 1
    assert searches > 2 and stages[0] == "wait"
    ai.forget(collection="first")


def test_each_request_has_its_own_settings(service, ai, tmp_path):
    (tmp_path / "large.txt").write_text("many words of a large file\n" * 60_000)
    small = service.connect(dataclasses.replace(service.config, max_file_mb=1))
    assert [failure.code for failure in small.index(tmp_path / "large.txt", "large", dry_run=True).failed] == [
        "too_large"
    ]
    assert small.index(tmp_path / "large.txt", "large").failed[0].code == "too_large"
    other = service.connect(dataclasses.replace(service.config, embedder="no-such-model"))
    with pytest.raises(Exception, match="no-such-model"):
        other.search("x", collection="large")
    ai.forget(collection="large")


def test_another_chat_model_address_needs_a_restart_and_only_for_the_chat_model(service, indexed):
    other = service.connect(dataclasses.replace(service.config, ollama_host="http://127.0.0.1:9"))
    assert len(other.search("annual leave", collection=indexed)) > 0
    assert other.ask("annual leave", indexed, extractive=True).mode == "extractive"
    for call in (other.models, lambda: other.ask("annual leave", indexed), lambda: other.pull("x")):
        with pytest.raises(EngineError) as caught:
            call()
        assert caught.value.code == "engine_settings" and "engine stop" in caught.value.remedy


def test_many_clients_at_once_get_right_answers(service, ai, indexed):
    errors = []

    def work():
        client = service.connect(service.config)
        try:
            for _ in range(5):
                assert client.search("annual leave", 1, indexed)[0].document == "Handbook"
                assert "lightning" in client.ask("Why was the gauge offline?", indexed, extractive=True).text
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert errors == []


def test_what_is_returned_knows_whether_its_text_is_shown(service, ai, indexed):
    for quoted in (True, False):
        client = service.connect(dataclasses.replace(service.config, quotes=quoted))
        hits = client.search("annual leave", 2, indexed)
        answer = client.ask("annual leave", indexed, extractive=True)
        talk = client.conversation(answer.conversation)
        passages = next(event for event in client.stream("annual leave", indexed) if isinstance(event, Passages))
        found = (hits, *hits, answer, *answer.passages, *talk.answers, *passages.passages)
        assert {each.quoted for each in found} == {quoted}
        assert answer.text and hits[0].text  # there for programs


def test_questions_are_suggested(ai, folder, indexed):
    suggested = ai.suggest(indexed)
    assert len(suggested.questions) <= 3 and "suggest" not in repr(suggested.to_dict())
    with pytest.raises(UnknownCollectionError):
        ai.suggest("nothing of that name")
