"""EBU STL, the exchange file of European broadcasters: blocks of bytes, not a text.

EBU Tech 3264-E: a General Subtitle Information block of 1024 bytes, then Text and Timing blocks of
128. Times are the tape's; `programme_start_ms` says what it shows when the programme starts.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from fractions import Fraction

from mediacatalog.captions.gathering import Gathering, tidy
from mediacatalog.captions.webvtt_settings import number
from mediacatalog.text.languages import bcp47
from mediacatalog.values import Cue, Ms

_GSI, _TTI = 1024, 128
_FORMAT = re.compile(rb"STL(2[345]|30|48|50|60)\.01")
_NTSC = {23: Fraction(24000, 1001), 30: Fraction(30000, 1001), 60: Fraction(60000, 1001)}
_TIME_CODE = re.compile(rb"[0-9]{8}")
_TABLES = {b"01": "iso8859_5", b"02": "iso8859_6", b"03": "iso8859_7", b"04": "iso8859_8"}
_ROWS = 23
_USER_DATA, _LAST = 0xFE, 0xFF
_SPACES = re.compile(r"[ \t]+")

# ISO 6937 as the EBU prints it, from 0xA0 on; 0xC1 to 0xCF are accents of the letter that follows.
_LATIN = (
    "\u00a0¡¢£$¥#§¤‘“«←↑→↓°±²³×µ¶·÷’”»¼½¾¿"
    "                "
    "―¹®©™♪¬¦    ⅛⅜⅝⅞ΩÆĐªĦ ĲĿŁØŒºÞŦŊŉĸæđðħıĳŀłøœßþŧŋ\u00ad"
)
_ACCENTS = dict(
    zip(
        (0xC1, 0xC2, 0xC3, 0xC4, 0xC5, 0xC6, 0xC7, 0xC8, 0xC9, 0xCA, 0xCB, 0xCC, 0xCD, 0xCE, 0xCF),
        "\u0300\u0301\u0302\u0303\u0304\u0306\u0307\u0308\u0308\u030a\u0327\u0332\u030b\u0328\u030c",
        strict=True,
    )
)
_LANGUAGES = dict(
    pair.split(":")
    for pair in (
        "01:sq 02:br 03:ca 04:hr 05:cy 06:cs 07:da 08:de 09:en 0A:es 0B:eo 0C:et 0D:eu 0E:fo 0F:fr "
        "10:fy 11:ga 12:gd 13:gl 14:is 15:it 16:se 17:la 18:lv 19:lb 1A:lt 1B:hu 1C:mt 1D:nl 1E:no "
        "1F:oc 20:pl 21:pt 22:ro 23:rm 24:sr 25:sk 26:sl 27:fi 28:sv 29:tr 2A:nl 2B:wa 45:zu 46:vi "
        "47:uz 48:ur 49:uk 4A:th 4B:te 4C:tt 4D:ta 4E:tg 4F:sw 51:so 52:si 53:sn 54:sh 56:ru 57:qu "
        "58:ps 59:pa 5A:fa 5C:or 5D:ne 5E:nd 5F:mr 60:ro 61:ms 62:mg 63:mk 64:lo 65:ko 66:km 67:kk "
        "68:kn 69:ja 6A:id 6B:hi 6C:he 6D:ha 6F:gu 70:el 71:ka 72:ff 73:fa 74:cv 75:zh 76:my 77:bg "
        "78:bn 79:be 7A:bm 7B:az 7C:as 7D:hy 7E:ar 7F:am"
    ).split()
)


def sniff(data: bytes) -> bool:
    return len(data) >= _GSI and _FORMAT.fullmatch(data[3:11]) is not None


def read(data: bytes, encoding: str | None = None) -> Gathering:
    """`encoding` overrules the table that the file names."""
    gathering = Gathering()
    rate = int(data[6:8])
    table = encoding or _TABLES.get(data[12:14], "iso6937")
    if table == "iso6937" and data[12:14] != b"00":
        gathering.note(1, "no known table of letters is named; the Latin one is taken")
    reading = _Reading(gathering, rate, _NTSC.get(rate, Fraction(rate)), table)
    gathering.encoding = table
    gathering.language = bcp47(_LANGUAGES.get(data[14:16].decode("latin-1").upper(), ""))
    if _TIME_CODE.fullmatch(data[256:264]):
        start = bytes(int(data[at : at + 2]) for at in range(256, 264, 2))
        gathering.programme_start_ms = reading.ms(start)
    for at in range(_GSI, len(data), _TTI):
        line = (at - _GSI) // _TTI + 1
        block = data[at : at + _TTI]
        if gathering.full:
            gathering.note_full(line)
            break
        if len(block) < 16:
            gathering.note(line, "the file ends within a block")
            break
        reading.take(line, block)
    reading.flush()
    return gathering


@dataclass
class _Reading:
    """A subtitle may take several blocks; lines of problems are counted in blocks."""

    gathering: Gathering
    counted: int
    rate: Fraction
    table: str
    line: int = 0
    first: bytes = b""
    parts: list[bytes] = field(default_factory=list)

    def take(self, line: int, block: bytes) -> None:
        if block[3] == _USER_DATA or block[15] == 1:  # of the author's machine, or a comment
            return
        if self.parts and block[1:3] != self.first[1:3]:
            self.flush()
        if not self.parts:
            self.line, self.first = line, block
        if len(self.parts) < 300:
            self.parts.append(block[16:])
        if block[3] == _LAST:
            self.flush()

    def flush(self) -> None:
        if not self.parts:
            return
        text = self._text(b"".join(part.split(b"\x8f")[0] for part in self.parts))
        start, end = self.first[5:9], self.first[9:13]
        self.parts = []
        if any(part[1] > 59 or part[2] > 59 for part in (start, end)):
            self.gathering.note_times(self.line, f"{start.hex(':')} to {end.hex(':')}")
        elif text:
            begin, until = Ms(self.ms(start)), Ms(self.ms(end))
            self.gathering.add(self.line, Cue(begin, until, text, settings=self._place()))

    def ms(self, code: bytes) -> int:
        """Milliseconds of a time code: hours, minutes, seconds, frames."""
        counted = 24 if self.counted == 23 else self.counted
        frames = ((code[0] * 60 + code[1]) * 60 + code[2]) * counted + code[3]
        return round(frames * 1000 / self.rate)

    def _place(self) -> str | None:
        row, justified = self.first[13], self.first[14]
        line = f"line:{number(round((row - 1) * 100 / _ROWS))}%" if 0 < row <= _ROWS // 2 else ""
        align = {1: "align:left", 3: "align:right"}.get(justified, "")
        return " ".join(one for one in (line, align) if one) or None

    def _text(self, data: bytes) -> str:
        lines = (_SPACES.sub(" ", self._line(line)).strip() for line in data.split(b"\x8a"))
        return tidy("\n".join(lines))

    def _line(self, data: bytes) -> str:
        # Teletext's colours take the place of a letter; italics and underlining of 0x80 don't.
        plain = bytes(max(one, 32) for one in data if not 0x80 <= one <= 0x9F)
        if self.table == "iso6937":
            return latin(plain)
        return plain.decode(self.table, "replace")


def latin(data: bytes) -> str:
    """ISO 6937: an accent stands before its letter."""
    letters: list[str] = []
    accent = ""
    for byte in data.replace(b"\x24", b"\xa8"):  # in this table the dollar is 0xA4
        if byte in _ACCENTS:
            accent = _ACCENTS[byte]
            continue
        letter = chr(byte) if byte < 0xA0 else _LATIN[byte - 0xA0]
        letters.append(letter + accent if letter != " " or not accent else letter)
        accent = ""
    return unicodedata.normalize("NFC", "".join(letters))
