"""Field-coded streams, which no encoder here makes: each field carries its own number.

H.264 in I_PCM macroblocks (ITU-T H.264, 7.3) and MPEG-2 with nothing but DC coefficients (ISO/IEC
13818-2, 6.2), 96×64 at 25 frames a second. Of frame N the field that comes first shows 2 N, the
other one 2 N + 1, as `counters` has it.
"""

from __future__ import annotations

WIDTH, HEIGHT = 96, 64
_GROUP = 10
_DC_SIZES = ("100", "00", "01", "101", "110", "1110", "11110", "111110", "1111110")


class _Bits:
    def __init__(self) -> None:
        self.text = ""

    def put(self, *fields: tuple[int, int]) -> _Bits:
        """Each field is its length in bits and its value."""
        self.text += "".join(f"{value:0{length}b}" for length, value in fields)
        return self

    def golomb(self, *values: int) -> _Bits:
        for value in values:
            code = f"{value + 1:b}"
            self.text += "0" * (len(code) - 1) + code
        return self

    def aligned(self) -> _Bits:
        self.text += "0" * (-len(self.text) % 8)
        return self

    def __bytes__(self) -> bytes:
        text = self.aligned().text
        return int(text, 2).to_bytes(len(text) // 8, "big")


def _level(number: int, x: int, y: int) -> int:
    """Luma of a field at one of its samples."""
    bit = x * 6 // WIDTH + 6 * (y * 4 // HEIGHT)
    return 235 if number >> bit & 1 else 16


def h264(frames: int, *, top_first: bool = True) -> bytes:
    """An elementary stream in which each field is a picture of its own (PAFF)."""
    return b"".join(
        (_parameters() if field == 0 and frame % _GROUP == 0 else b"")
        + _h264_field(frame, field, bottom=(field == 1) == top_first)
        for frame in range(frames)
        for field in (0, 1)
    )


def _parameters() -> bytes:
    sequence = _Bits().put((8, 77), (8, 0), (8, 30)).golomb(0, 0, 0, 4, 1).put((1, 0))
    sequence.golomb(WIDTH // 16 - 1, HEIGHT // 32 - 1).put((1, 0), (1, 0), (1, 1), (1, 0))
    sequence.put((1, 1), (4, 0), (1, 1), (32, 1), (32, 50), (1, 1), (4, 0))  # 50 fields a second
    picture = _Bits().golomb(0, 0).put((2, 0)).golomb(0, 0, 0).put((3, 0)).golomb(0, 0, 0)
    return _unit(0x67, sequence) + _unit(0x68, picture.put((1, 1), (1, 0), (1, 0)))


def _h264_field(frame: int, field: int, *, bottom: bool) -> bytes:
    in_group = frame % _GROUP
    begins = in_group == field == 0
    bits = _Bits().golomb(0, 7, 0).put((4, in_group), (1, 1), (1, bottom))
    if begins:
        bits.golomb(frame // _GROUP % 2)
    bits.put((8, 2 * in_group + field), (2 if begins else 1, 0)).golomb(0, 1)
    for y in range(0, HEIGHT // 2, 16):
        for x in range(0, WIDTH, 16):
            luma = bytes([_level(2 * frame + field, x, y)]) * 256
            bits.golomb(25).aligned().put(*((8, one) for one in luma + bytes([128]) * 128))
    return _unit(0x65 if begins else 0x21, bits)


def _unit(head: int, bits: _Bits) -> bytes:
    """A NAL unit: no three bytes in it look like a start code."""
    data, zeros = bytearray(), 0
    for byte in bytes(bits.put((1, 1))):
        if zeros >= 2 and byte <= 3:
            data.append(3)
            zeros = 0
        data.append(byte)
        zeros = zeros + 1 if byte == 0 else 0
    return b"\0\0\0\1" + bytes([head]) + bytes(data)


def mpeg2(frames: int, *, top_first: bool = True) -> bytes:
    """An elementary stream of field pictures, all of them intra-coded."""
    return b"".join(
        (_group(frame) if field == 0 and frame % _GROUP == 0 else b"")
        + _mpeg2_field(frame, field, bottom=(field == 1) == top_first)
        for frame in range(frames)
        for field in (0, 1)
    )


def _group(frame: int) -> bytes:
    size = (12, WIDTH), (12, HEIGHT), (4, 1), (4, 3)
    sequence = _Bits().put(*size, (18, 20000), (1, 1), (10, 112), (3, 0))
    extension = _Bits().put((4, 1), (8, 0x48), (1, 0), (2, 1), (16, 0), (1, 1), (16, 0))
    clock = (6, frame // 1500), (1, 1), (6, frame // 25), (6, frame % 25)
    group = _Bits().put((6, 0), *clock, (1, 1), (1, 0))
    parts = (0xB3, sequence), (0xB5, extension), (0xB8, group)
    return b"".join(_start(code) + bytes(bits) for code, bits in parts)


def _mpeg2_field(frame: int, field: int, *, bottom: bool) -> bytes:
    head = _Bits().put((10, frame % _GROUP), (3, 1), (16, 0xFFFF), (1, 0))
    extension = _Bits().put((4, 8), (16, 0xFFFF), (2, 0), (2, 1 + bottom), (10, 0))
    data = _start(0) + bytes(head) + _start(0xB5) + bytes(extension)
    for row in range(HEIGHT // 32):
        bits, before = _Bits().put((5, 1), (1, 0)), 128
        for x in range(0, WIDTH, 16):
            level = _level(2 * frame + field, x, 16 * row)
            bits.text += "11" + _dc(level - before) + 3 * _dc(0) + 2 * "0010"
            before = level
        data += _start(1 + row) + bytes(bits)
    return data


def _dc(apart: int) -> str:
    """A block of luma that is `apart` from the one before."""
    length = abs(apart).bit_length()
    code = apart if apart > 0 else apart + (1 << length) - 1
    return _DC_SIZES[length] + (f"{code:0{length}b}" if length else "") + "10"


def _start(code: int) -> bytes:
    return bytes([0, 0, 1, code])
