"""Rich text: the paragraphs and tables of an RTF file, from its control words.

After Microsoft's "Rich Text Format (RTF) Specification", version 1.9.1.
"""

from __future__ import annotations

import codecs
import dataclasses
import re

from ...results.passages import Document
from .parts import scripts
from .parts.flow import Flow
from .parts.office import with_address

_TOKEN = re.compile(
    rb"\\([a-zA-Z]{1,32})(-?\d{1,9})? ?|\\'([0-9a-fA-F]{2})|\\([^a-zA-Z])|([{}])|([^\\{}\r\n]+)|[\r\n]+|\\", re.DOTALL
)
_CODE_PAGES = {
    **{77: "mac_roman", 128: "cp932", 129: "cp949", 130: "johab", 134: "gbk", 136: "big5", 161: "cp1253"},
    **{162: "cp1254", 163: "cp1258", 177: "cp1255", 178: "cp1256", 186: "cp1257", 204: "cp1251", 222: "cp874"},
    **{238: "cp1250", 255: "cp437"},
}  # by the character set of a font
_LETTERS = {
    **{"tab": "\t", "line": "\n", "emdash": "—", "endash": "–", "bullet": "•", "lquote": "‘", "rquote": "’"},
    **{"ldblquote": "“", "rdblquote": "”", "emspace": " ", "enspace": " ", "qmspace": " ", "~": "\xa0", "_": "-"},
    **{"\\": "\\", "{": "{", "}": "}", "\n": "\n", "\r": "\n"},
}
_SKIPPED = frozenset(
    "colortbl pict objdata filetbl listtable listoverridetable revtbl rsidtbl generator themedata xmlnstbl "
    "datastore latentstyles bkmkstart bkmkend nonshppict template operator author company creatim revtim printim "
    "comment subject keywords doccomm hlinkbase footnotesep footnotesepc".split()
)
_ENTERED = frozenset("shpinst shptxt shppict ud annotation pntext listtext fldinst".split())
"""Groups that are read though a reader may skip them."""
_SCRIPTS = {"super": scripts.UP, "sub": scripts.DOWN, "nosupersub": ""}
_LINK = re.compile(r'\s*HYPERLINK\s+"([^"]{1,500})"', re.IGNORECASE)
_MAX_CODE = 1000
_ENDS = frozenset(("par", "sect", "page", "column"))


@dataclasses.dataclass
class _State:
    """What a group inherits from the one around it."""

    skip: bool = False
    within: str = ""  # fonttbl, stylesheet or title
    fallback: int = 1  # characters that follow \u for readers that do not know it
    font: int = -1
    hidden: bool = False
    mark: str = ""  # of raised or lowered letters
    link: str = ""  # what the words of a field lead to, which began with this piece of the text
    begin: int = 0


def read(data: bytes, path: str) -> Document:
    """Read a rich text file; a place per section, anchored by its headings."""
    reader = _Reader(Flow())
    reader.run(data)
    warnings = () if reader.flow.text else ("The document has no text.",)
    return Document(path, "word", reader.flow.text, reader.title[:200], reader.flow.places, warnings)


class _Reader:
    def __init__(self, flow: Flow) -> None:
        self.flow = flow
        self.title = ""
        self._state = _State()
        self._page = "cp1252"
        self._pages: dict[int, str] = {}
        self._styles: dict[int, str] = {}
        self._style = 0
        self._level: int | None = None
        self._in_table = False
        self._pieces: list[str] = []
        self._bytes = bytearray()  # of letters that may take two
        self._cells: list[str] = []
        self._rows: list[list[str]] = []
        self._pass = 0
        self._code = ""  # what the last field instructs

    def run(self, data: bytes) -> None:
        above: list[_State] = []
        at = 0
        star = False
        while match := _TOKEN.match(data, at):
            at = match.end()
            word, number, code, symbol, brace, text = match.groups()
            if brace == b"{":
                above.append(self._state)
                self._state = dataclasses.replace(self._state)
                self._pass = 0
            elif brace == b"}":
                self._flush()
                if self._state.within == "stylesheet":
                    self._style = 0
                ended, self._state = self._state, above.pop() if above else _State()
                if ended.link and not self._state.link:
                    words = scripts.plain("".join(self._pieces[ended.begin :]))
                    self._pieces.append(with_address(words, ended.link)[len(words) :])
                self._pass = 0
            elif symbol == b"*":
                star = True
                continue
            elif word == b"bin":
                at += max(int(number or 0), 0)
            elif word:
                self._word(word.decode(), int(number) if number else None, star)
            elif code:
                self._byte(int(code, 16))
            elif symbol:
                self._symbol(symbol.decode("latin-1"))
            elif text:
                self._raw(text)
            star = False
        self._end()
        self._end_table()

    def _word(self, word: str, number: int | None, star: bool) -> None:
        state = self._state
        if word in _SKIPPED or (star and word not in _ENTERED):
            state.skip = True
        elif word in ("fonttbl", "stylesheet", "title", "fldinst"):
            state.within = word
            self._code = ""
        elif word == "fldrslt":
            match = _LINK.match(self._code)
            state.link, state.begin = match.group(1).removeprefix("mailto:") if match else "", len(self._pieces)
        elif word == "info":
            state.within = "info"
        elif word == "u" and number is not None:
            self._put(chr(number % 65536))
            self._pass = state.fallback
        elif word == "uc":
            state.fallback = min(max(number or 0, 0), 16)
        elif word == "ansicpg":
            self._page = _known(f"cp{number}")
        elif word in ("mac", "pc", "pca"):
            self._page = {"mac": "mac_roman", "pc": "cp437", "pca": "cp850"}[word]
        elif word == "f":
            self._flush()
            state.font = number or 0
        elif word == "fcharset" and state.within == "fonttbl" and number in _CODE_PAGES:
            self._pages[state.font] = _CODE_PAGES[number]
        elif word == "s":
            self._style = number or 0
        elif word in ("v", "deleted"):
            self._flush()
            state.hidden = number != 0
        elif word in _SCRIPTS:
            self._flush()
            state.mark = _SCRIPTS[word] if number != 0 else ""
        elif word == "plain":
            self._flush()
            state.hidden, state.font, state.mark = False, -1, ""
        elif not state.skip and not state.within:
            self._layout(word, number)

    def _layout(self, word: str, number: int | None) -> None:
        if word in _LETTERS:
            self._put(_LETTERS[word])
        elif word in _ENDS:
            if self._in_table:
                self._put(" ")
            else:
                self._end()
        elif word == "pard":
            self._style, self._level, self._in_table = 0, None, False
        elif word == "intbl":
            self._in_table = True
        elif word == "outlinelevel" and number is not None and 0 <= number < 9:
            self._level = number + 1
        elif word in ("cell", "nestcell"):
            self._cells.append(self._taken())
        elif word in ("row", "nestrow"):
            self._rows.append(self._cells)
            self._cells = []
        elif word in ("footnote", "header", "headerl", "headerr", "headerf", "footer", "footerl", "footerr", "footerf"):
            self._put(" ")

    def _symbol(self, symbol: str) -> None:
        if symbol in _LETTERS and not self._passed(1):
            self._put(_LETTERS[symbol])

    def _raw(self, text: bytes) -> None:
        passed = min(self._pass, len(text))
        self._pass -= passed
        self._flush()
        self._put(text[passed:].decode(self._code_page(), "replace") if len(text) > passed else "")

    def _byte(self, value: int) -> None:
        if not self._passed(1) and not self._state.skip and not self._state.hidden:
            self._bytes.append(value)

    def _passed(self, count: int) -> bool:
        if self._pass:
            self._pass -= count
            return True
        return False

    def _code_page(self) -> str:
        return self._pages.get(self._state.font, self._page)

    def _flush(self) -> None:
        if self._bytes:
            text = self._bytes.decode(self._code_page(), "replace")
            self._bytes.clear()
            self._put(text)

    def _put(self, text: str) -> None:
        self._flush()
        state = self._state
        if state.skip or state.hidden or not text:
            return
        if state.within == "stylesheet":
            self._styles[self._style] = (self._styles.get(self._style, "") + text)[:200]
        elif state.within == "title":
            self.title = (self.title + text)[:1000]
        elif state.within == "fldinst":
            self._code = (self._code + text)[:_MAX_CODE]
        elif not state.within:
            self._pieces.append(f"{state.mark}{text}{scripts.END}" if state.mark else text)

    def _taken(self) -> str:
        """Return the text gathered so far, halves of letters joined, and begin anew."""
        self._flush()
        text = scripts.plain("".join(self._pieces))
        self._pieces.clear()
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")

    def _end(self) -> None:
        text = self._taken().strip()
        if not text:
            return
        self._end_table()
        named = re.match(r"heading ([1-9])\b", self._styles.get(self._style, "").lower())
        level = self._level or (int(named.group(1)) if named else None)
        if level:
            self.flow.heading(level, text)
        else:
            self.flow.paragraph(text)

    def _end_table(self) -> None:
        if self._cells:
            self._rows.append(self._cells)
        if self._rows:
            self.flow.table(self._rows)
        self._cells, self._rows = [], []


def _known(page: str) -> str:
    try:
        codecs.lookup(page)
    except LookupError:
        return "cp1252"
    return page
