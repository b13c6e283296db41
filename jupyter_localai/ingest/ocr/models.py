"""The door to RapidOCR: its three models, taken from the installed package by path and checked against known hashes.

Its own start is passed by, since it could download what it does not find.
"""

from __future__ import annotations

import hashlib
import importlib.util
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ...errors import ReadError

INSTALL = 'pip install "jupyter-localai[ocr]"'
_PACKAGE = "rapidocr"
SHA256 = {
    "PP-OCRv6_det_small.onnx": "090f04abcd9d9a7498bc4ebf677e4cb9bdce1fe4197ddb7e529f1ef44e1ff94f",
    "PP-OCRv6_rec_small.onnx": "6f327246b50388f3c176ae304bd95767ea6dc0c9ae92153ef8cbe210b3c14884",
    "ch_ppocr_mobile_v2.0_cls_mobile.onnx": "e47acedf663230f8863ff1ab0e64dd2d82b838fceb5957146dab185a89d6215c",
}
"""What is loaded, and nothing else: the models of rapidocr 3.10."""
_FIND, _READ, _TURN = SHA256
_AT_ONCE = 6  # lines


def installed() -> bool:
    """Whether the extra is there; loads nothing of it."""
    return importlib.util.find_spec(_PACKAGE) is not None


class Models:
    """The models that find lines, tell how they are turned, and read them.

    Raises
    ------
    ReadError
        ``ocr_missing`` when the extra is not installed, ``ocr_altered`` when its models are others than those tested.
    """

    def __init__(self) -> None:
        if not installed():
            raise missing()
        from rapidocr.ch_ppocr_cls import TextClassifier
        from rapidocr.ch_ppocr_det import TextDetector
        from rapidocr.ch_ppocr_rec import TextRecognizer
        from rapidocr.utils.typings import EngineType, LangRec, OCRVersion

        common = {"engine_type": EngineType.ONNXRUNTIME, "lang_type": LangRec.CH}
        finds = {"limit_side_len": 736, "limit_type": "min", "mean": [0.5] * 3, "std": [0.5] * 3}
        reads = {"rec_batch_num": _AT_ONCE, "rec_img_shape": [3, 48, 320]}
        turns = {"cls_batch_num": _AT_ONCE, "cls_thresh": 0.9, "label_list": ["0", "180"]}
        turns["ocr_version"] = OCRVersion.PPOCRV4
        self._detector = TextDetector(_Settings(common, finds, session=_session(_FIND)))
        self._recogniser = TextRecognizer(_Settings(common, reads, session=_session(_READ)))
        self._classifier = TextClassifier(_Settings(common, turns, session=_session(_TURN)))

    def boxes(self, picture: Any) -> list[Any]:
        """Return the four corners of each line, from its top left; `picture` is (height, width, 3) uint8, BGR."""
        found = self._detector(picture).boxes
        return [] if found is None else list(found)

    def texts(self, lines: Sequence[Any]) -> list[tuple[str, float]]:
        """Return the text of each picture of a line, and how sure it is, from 0 to 1."""
        from rapidocr.ch_ppocr_rec import TextRecInput

        if not lines:
            return []
        read = self._recogniser(TextRecInput(img=list(lines), return_word_box=False))
        return [(text, float(score)) for text, score in zip(read.txts or (), read.scores, strict=True)]

    def upside_down(self, lines: Sequence[Any]) -> float:
        """Return the share of lines that stand on their head."""
        told = (self._classifier(list(lines)).cls_res if lines else None) or []
        return sum("180" in label for label, _ in told) / max(1, len(told))


class _Settings(dict[str, Any]):
    """Settings as the library takes them: by key and as attributes."""

    def __init__(self, *parts: dict[str, Any], **more: Any) -> None:
        super().__init__()
        for part in (*parts, more):
            self.update(part)

    def __getattr__(self, name: str) -> Any:
        return self.get(name)


def missing() -> ReadError:
    """Return the error for the extra that is not installed."""
    return ReadError("OCR is not installed.", f"Install it with {INSTALL}.", code="ocr_missing")


def _session(name: str) -> Any:
    import onnxruntime

    spec = importlib.util.find_spec(_PACKAGE)
    assert spec is not None and spec.origin is not None
    try:
        data = (Path(spec.origin).parent / "models" / name).read_bytes()
    except OSError:
        data = b""
    if hashlib.sha256(data).hexdigest() != SHA256[name]:
        raise ReadError(
            "A model of the OCR is missing or not the one that was tested.",
            f"Install it again: {INSTALL} --force-reinstall.",
            code="ocr_altered",
        )
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    options.enable_cpu_mem_arena = False  # pages differ in size: it would keep the most of each
    options.enable_mem_pattern = False
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # others want the processor, too
    return onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])
