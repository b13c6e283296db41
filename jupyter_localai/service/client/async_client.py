"""The client for an event loop, such as the Jupyter server's: the same methods, awaited."""

from __future__ import annotations

import asyncio
import contextlib
import copy
import dataclasses
import os
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from typing import Any, Literal

from ...config import DEFAULT_COLLECTION, Config, resolve
from ...errors import EngineUnreachableError, from_wire
from ...results.codec import from_json
from ...results.passages import Answer, Conversation, Conversations, Hits, Located
from ...results.reports import (
    Changed,
    Collections,
    CompactReport,
    Documents,
    Event,
    ForgetReport,
    IndexReport,
    Job,
    Models,
    Progress,
    RebuildReport,
    Status,
)
from ...results.scores import Evaluation
from ...results.vectors import LIMIT, Vectors
from ..protocol.wire import PROTOCOL
from . import local, verbs
from .channel import ANSWER_SECONDS, Gone, Line, encoded, lost, parsed, silent
from .connection import ATTEMPTS, Connection, settings
from .launch import find
from .questions import Questions
from .verbs import Paths, Request, Result

Report = Callable[[Progress], None]


async def connect(
    store: str | os.PathLike[str] | None = None, *, progress: Report | None = None, **settings: Any
) -> AsyncClient:
    """As `client.connect`; what has to be waited for is waited for in a thread, which also calls `progress`."""
    client = AsyncClient(resolve({"store": store, **settings}), progress)
    await asyncio.to_thread(client._open)
    return client


class AsyncClient:
    """As `client.Client`, and cancelling a task ends its work. Methods are documented there."""

    def __init__(self, config: Config, progress: Report | None = None) -> None:
        self.config = config
        self._progress = progress or (lambda _: None)
        self._connection = Connection(config, self._progress)
        self._finding = asyncio.Lock()

    def _open(self) -> None:
        import httpx  # noqa: F401  - a slow import, done where no event loop waits for it

        self._connection.open()

    async def index(
        self,
        paths: Paths = (),
        collection: str = DEFAULT_COLLECTION,
        *,
        include: Sequence[str] = (),
        exclude: Sequence[str] = (),
        ignore: bool = True,
        dry_run: bool = False,
        retry: bool = False,
        refresh: bool = False,
        max_documents: int | None = None,
        background: bool = False,
        progress: Report | None = None,
    ) -> IndexReport | Job:
        request = verbs.index(
            paths, collection, include, exclude, ignore, dry_run, retry, refresh, max_documents, background
        )
        done: IndexReport | Job = await self._result(request, progress)
        return done

    async def rebuild(self, collection: str | None = None, *, progress: Report | None = None) -> RebuildReport:
        report: RebuildReport = await self._result(verbs.rebuild(collection), progress)
        return report

    async def forget(
        self, paths: Paths = (), *, collection: str | None = None, progress: Report | None = None
    ) -> ForgetReport:
        report: ForgetReport = await self._result(verbs.forget(paths, collection), progress)
        return report

    async def compact(self, *, progress: Report | None = None) -> CompactReport:
        report: CompactReport = await self._result(verbs.compact(), progress)
        return report

    async def search(
        self, query: str, k: int = 10, collection: str = DEFAULT_COLLECTION, file: str | None = None
    ) -> Hits:
        hits: Hits = await self._result(verbs.search(query, k, collection, file))
        return hits

    async def ask(
        self,
        question: str,
        collection: str | None = None,
        *,
        k: int = 6,
        file: str | None = None,
        model: str = "",
        extractive: bool = False,
        conversation: str | None = None,
        context: str = "",
        context_path: str | os.PathLike[str] = "",
    ) -> Answer:
        events = self.stream(
            question,
            collection,
            k=k,
            file=file,
            model=model,
            extractive=extractive,
            conversation=conversation,
            context=context,
            context_path=context_path,
        )
        async with contextlib.aclosing(events):
            async for event in events:
                if isinstance(event, Answer):
                    return event
        raise lost()

    async def stream(
        self,
        question: str,
        collection: str | None = None,
        *,
        k: int = 6,
        file: str | None = None,
        model: str = "",
        extractive: bool = False,
        conversation: str | None = None,
        context: str = "",
        context_path: str | os.PathLike[str] = "",
    ) -> AsyncGenerator[Event, None]:
        """Yield as `client.Client.stream`; close the iterator (`contextlib.aclosing`) to end the work."""
        request = verbs.ask(question, collection, k, file, model, extractive, conversation, context, context_path)
        async with contextlib.aclosing(self._events(request)) as events:
            async for event in events:
                if not isinstance(event, Result):
                    yield event

    async def evaluate(
        self,
        questions: Questions,
        collection: str = DEFAULT_COLLECTION,
        *,
        k: int = 10,
        file: str | None = None,
        compare: Mapping[str, Any] | None = None,
        progress: Report | None = None,
    ) -> Evaluation:
        request = verbs.evaluate(questions, collection, k, file)
        if compare is None:
            evaluation: Evaluation = await self._result(request, progress)
            return evaluation
        other, config = verbs.compared(request, compare, self.config)
        evaluation = await self._result(request, progress)
        second = await self._using(config)._result(other, progress)
        return dataclasses.replace(evaluation, compared=second)

    async def vectors(
        self, collection: str = DEFAULT_COLLECTION, query: str | None = None, *, limit: int = LIMIT
    ) -> Vectors:
        vectors: Vectors = await self._result(verbs.vectors(collection, query, limit))
        return vectors

    async def locate(self, path: str | os.PathLike[str], start: int, end: int, quote: str = "") -> Located:
        located: Located = await self._result(verbs.locate(path, start, end, quote))
        return located

    async def conversations(self) -> Conversations:
        return Conversations(await self._result(verbs.conversations()))

    async def conversation(self, number: str = "last") -> Conversation:
        talk: Conversation = await self._result(verbs.conversation(number))
        return talk

    async def delete_conversations(self, numbers: Sequence[str]) -> None:
        await self._result(verbs.delete_conversations(numbers))

    async def status(self) -> Status:
        status: Status = await self._result(verbs.status())
        return status

    async def tried(self) -> dict[str, Any]:
        told: dict[str, Any] = await self._result(verbs.tried())
        return told

    async def collections(self) -> Collections:
        return Collections(await self._result(verbs.collections()))

    async def documents(
        self,
        collection: str = DEFAULT_COLLECTION,
        state: Literal["ready", "pending", "failed"] | None = None,
        name: str = "",
        *,
        under: Paths = (),
        limit: int = 100,
        offset: int = 0,
    ) -> Documents:
        documents: Documents = await self._result(verbs.documents(collection, state, name, under, limit, offset))
        return documents

    async def models(self) -> Models:
        models: Models = await self._result(verbs.models())
        return models

    async def pull(self, model: str, *, progress: Report | None = None) -> None:
        await self._result(verbs.pull(model), progress)

    async def jobs(self) -> list[Job]:
        jobs: list[Job] = await self._result(verbs.jobs())
        return jobs

    async def follow(self, job: str | Job, *, progress: Report | None = None) -> Any:
        return verbs.report_of(await self._result(verbs.follow(job), progress))

    async def cancel(self, job: str | Job) -> Job:
        told: Job = await self._result(verbs.cancel(job))
        return told

    async def watch(self) -> AsyncGenerator[Changed, None]:
        """Yield whenever something changed in the store's engine, until that ends; nothing when none runs.

        It is not started and not kept running. The first says that everything may have changed. Close the
        iterator (`contextlib.aclosing`) to listen no more.

        Raises
        ------
        LocalAIError
            When the engine does not answer, or is one that does not tell.
        """
        found = await asyncio.to_thread(find, self.config.store)
        if found is None:
            return
        with contextlib.suppress(Gone, EngineUnreachableError):  # however it ends
            async with contextlib.aclosing(_received(found[0], "GET", "/watch", seconds=None)) as lines:
                async for line in lines:
                    if line.get("type") == "error":
                        raise from_wire(line)
                    yield from_json(Changed, line)

    async def close(self) -> None:
        self._connection.close()

    def _using(self, config: Config) -> AsyncClient:
        view = copy.copy(self)
        view.config, view._connection = config, self._connection.using(config)
        return view

    async def _result(self, request: Request, progress: Report | None = None) -> Any:
        value = None
        async with contextlib.aclosing(self._events(request)) as events:
            async for event in events:
                if isinstance(event, Result):
                    value = event.value
                elif isinstance(event, Progress):
                    (progress or self._progress)(event)
        return value

    async def _events(self, request: Request) -> AsyncGenerator[Any, None]:
        async with contextlib.aclosing(self._lines(request)) as lines:
            async for line in lines:
                event = verbs.decoded(line, request.kind, self.config.quotes)
                if event is not None:
                    yield event
                if isinstance(event, Result):
                    return
        raise lost()

    async def _lines(self, request: Request) -> AsyncGenerator[Line, None]:
        for _ in range(ATTEMPTS):
            async with self._finding:  # calls that come together start one engine, in one thread
                target = await asyncio.to_thread(self._connection.target)
            way = _here if isinstance(target, local.Session) else _over_http
            try:
                async with contextlib.aclosing(way(target, request, self.config)) as lines:
                    async for line in lines:
                        yield line
                return
            except Gone:  # raised before the first line only
                self._connection.forget()
        raise lost()

    async def __aenter__(self) -> AsyncClient:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()


async def _here(session: Any, request: Request, config: Config) -> AsyncGenerator[Line, None]:
    """Do it in a session of this process, without keeping the event loop waiting."""
    call = session.call(request.name, config, request.arguments)
    lines = call.read()
    try:
        while (line := await asyncio.to_thread(next, lines, None)) is not None:
            yield line
    finally:
        call.stop()


async def _over_http(address: Any, request: Request, config: Config) -> AsyncGenerator[Line, None]:
    body = encoded({"protocol": PROTOCOL, "settings": settings(config), "arguments": request.arguments})
    async with contextlib.aclosing(_received(address, "POST", f"/call/{request.name}", body)) as lines:
        async for line in lines:
            if line.get("code") == "engine_stopping":
                raise Gone("it is about to end")
            yield line


async def _received(
    address: Any, method: str, path: str, body: bytes = b"", seconds: float | None = ANSWER_SECONDS
) -> AsyncGenerator[Line, None]:
    """Yield the lines of an answer; it may be silent for so many `seconds`, or for ever."""
    import httpx

    headers = {"Authorization": f"Bearer {address.token}"} if address.token else {}
    # nothing here speaks TLS; loading the certificates for it would hold the event loop for 20 ms a call
    transport = httpx.AsyncHTTPTransport(uds=address.socket, trust_env=False, verify=False)
    answered = False
    try:
        async with (
            httpx.AsyncClient(transport=transport, timeout=seconds, trust_env=False) as client,
            client.stream(
                method, f"http://127.0.0.1:{address.port or 80}{path}", content=body, headers=headers
            ) as response,
        ):
            answered = True
            async for text in response.aiter_lines():
                if text.strip():
                    yield parsed(text)
    except httpx.TimeoutException:
        raise silent() from None
    except httpx.HTTPError:
        if answered:
            raise lost() from None
        raise Gone("nobody took the request") from None
