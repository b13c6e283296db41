"""Where the time of indexing goes: what overlaps, how many tokens are padding, how near the embedding is to its peak.

    python tests/benchmarks/pipeline.py [FOLDER] [--bytes 1400000] [--json FILE]

Indexes generated Markdown, or the files of FOLDER, in one process and notes when what is read, cut, embedded and
stored. The peak is that of the model's own matrix products, one after the other, in the arithmetic and threads that
embedding takes here: what the processor would do if there were nothing else (attention, norms, pooling).
"""

from __future__ import annotations

import argparse
import functools
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from common import Prose, real_embedder, scratch_folder

FILES, BATCH, LENGTH = 5, 2048, 96


def measure(folder: Path, store: Path) -> dict[str, Any]:
    """Index the folder; return the spans of each stage in seconds from the start, and the counts."""
    from jupyter_localai.privacy import guard

    guard.stay_offline()
    from jupyter_localai.config import resolve
    from jupyter_localai.embed import bert
    from jupyter_localai.embed.base import LocalEmbedder, usual_threads
    from jupyter_localai.embed.openvino import OpenVinoRuntime
    from jupyter_localai.engine import storing
    from jupyter_localai.engine.engine import Engine
    from jupyter_localai.index import write
    from jupyter_localai.index.catalogue import Catalogue
    from jupyter_localai.ingest.readers import Readers
    from jupyter_localai.results.files import Rules

    config = resolve({"store": store})
    embedder = real_embedder(config)
    size = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
    embedder.embed(["loads the model"], size // 360)
    spans: list[tuple[str, float, float]] = []
    tokens = {"real": 0, "padded": 0, "calls": 0, "computing": 0.0}
    started = time.perf_counter()

    def watch(of: Any, name: str, stage: str) -> None:
        original = getattr(of, name)

        @functools.wraps(original)
        def watched(*args: Any, **kwargs: Any) -> Any:
            began = time.perf_counter()
            try:
                return original(*args, **kwargs)
            finally:
                spans.append((stage, began - started, time.perf_counter() - started))

        setattr(of, name, watched)

    watch(Readers, "_read", "read")
    watch(storing, "cut", "cut")
    watch(LocalEmbedder, "embed", "embed")
    watch(OpenVinoRuntime, "embed", "bfloat16")
    watch(Catalogue, "put_document", "store")
    watch(write, "settle", "store")
    hidden = bert.Bert.hidden

    def counted(self: bert.Bert, compute: Any, rows: Any, segments: Any = None) -> Any:
        def timed(embedded: Any, lengths: Any) -> Any:
            began = time.perf_counter()
            try:
                return compute(embedded, lengths)
            finally:
                tokens["computing"] += time.perf_counter() - began
                tokens["real"] += int(lengths.sum())
                tokens["padded"] += embedded.shape[0] * embedded.shape[1]
                tokens["calls"] += 1

        return hidden(self, timed, rows, segments)

    bert.Bert.hidden = counted  # type: ignore[method-assign]
    engine = Engine.open(config, embedder)
    started = time.perf_counter()
    *_, report = engine.index([str(folder)], rules=Rules(ignore=False))
    whole = time.perf_counter() - started
    engine.close()
    bert.Bert.hidden = hidden  # type: ignore[method-assign]
    rough = any(stage == "bfloat16" for stage, *_ in spans)
    shares = {stage: sum(b - a for s, a, b in spans if s == stage) for stage in ("read", "cut", "embed", "store")}
    return {
        "seconds": whole,
        "chunks": report.chunks,
        "embedded": report.embedded,
        "spans": [(stage, round(a, 4), round(b, 4)) for stage, a, b in spans if stage in shares],
        "shares": shares,
        "arithmetic": "bfloat16" if rough else "float32",
        **tokens,
        "peak": peak("bf16" if rough else "f32", config.threads or usual_threads()),
    }


def peak(arithmetic: str, threads: int, hidden: int = 384, layers: int = 6) -> float:
    """Return the tokens a second that the matrix products of the default model alone would allow, the best of five."""
    import openvino
    from openvino import opset13 as ops

    size, wide = hidden, 4 * hidden
    rng = np.random.default_rng(0)
    state = ops.parameter([BATCH // LENGTH, LENGTH, size], np.float32)
    node = state
    for _ in range(layers):
        for rows, columns in ((size, 3 * size), (size, size), (size, wide), (wide, size)):
            weight = ops.constant((rng.standard_normal((rows, columns)) / rows).astype(np.float32))
            node = ops.matmul(node, weight, False, False)
            if columns == 3 * size:
                node = ops.strided_slice(node, [0, 0, 0], [0, 0, size], [1, 1, 1], [1, 1, 1], [1, 1, 0])
    settings = {"INFERENCE_PRECISION_HINT": arithmetic, "INFERENCE_NUM_THREADS": threads, "NUM_STREAMS": 1}
    compiled = openvino.Core().compile_model(openvino.Model([node], [state]), "CPU", settings)
    request = compiled.create_infer_request()
    given = rng.standard_normal((BATCH // LENGTH, LENGTH, size)).astype(np.float32)
    seconds = min(_seconds(lambda: request.infer([given])) for _ in range(30))
    return (BATCH // LENGTH) * LENGTH / seconds


def _seconds(call: Callable[[], object]) -> float:
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--bytes", type=int, default=1_400_000, help="of generated texts")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    with scratch_folder() as scratch:
        folder = options.folder
        if folder is None:
            folder = scratch / "texts"
            folder.mkdir()
            for number in range(FILES):
                text = Prose(number).markdown(options.bytes // FILES)
                (folder / f"document-{number}.md").write_text(text, encoding="utf-8")
        figures = measure(folder, scratch / "store")
    if options.json:
        options.json.write_text(json.dumps(figures), encoding="utf-8")
    speed = figures["real"] / figures["computing"]
    print(f"{figures['chunks']:,} chunks, {figures['embedded']:,} texts embedded in {figures['seconds']:.1f} s.")
    print("  ".join(f"{stage} {seconds:.1f} s" for stage, seconds in figures["shares"].items()))
    padding = 1 - figures["real"] / figures["padded"]
    print(f"{figures['real']:,} tokens, {padding:.1%} more is padding; {speed:,.0f} tokens a second while computing.")
    share = speed / figures["peak"]
    print(f"Peak of the matrix products in {figures['arithmetic']}: {figures['peak']:,.0f}; {share:.0%} of it.")


if __name__ == "__main__":
    main()
