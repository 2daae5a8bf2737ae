"""A decoder's rehearsal: it reads a small clip of its own before it seals itself.

Libraries load parts of themselves when they first need them, which a sealed process can't. So
everything that is done to footage is done once to a made clip with pictures and sound.
"""

from __future__ import annotations

import importlib
import io
import os
import pkgutil
from fractions import Fraction
from typing import Final

import av
import numpy as np

from mediacatalog.media import glance, passes
from mediacatalog.values import Manner

_LAZY: Final = ("numpy.char", "numpy.fft", "numpy.linalg", "numpy.ma", "numpy.random", "numpy.rec")
_WIDTH, _HEIGHT, _FRAMES, _RATE = 160, 96, 50, 25
_SAMPLES_A_FRAME: Final = 320  # at 8000 Hz


class _Nowhere:
    def put(self, name: str, data: bytes) -> None:
        """Made pictures of a made clip are of no use."""


def rehearse() -> None:
    """Load all that watching a clip through may need. Raises whatever goes wrong."""
    for module in pkgutil.walk_packages(av.__path__, "av."):
        if module.name != "av.__main__":
            importlib.import_module(module.name)
    for name in _LAZY:
        importlib.import_module(name)
    footage = os.memfd_create("rehearsal")
    try:
        os.write(footage, _clip())
        glance.quick_look(footage, _Nowhere())
        passes.watch_through(footage, _Nowhere(), Manner(), lambda _part: None)
    finally:
        os.close(footage)


def _clip() -> bytes:
    """Two shots, half a second of black and a tone, as Matroska."""
    file = io.BytesIO()
    with av.open(file, "w", format="matroska") as container:
        pictures = container.add_stream("mpeg4", rate=_RATE)
        pictures.width, pictures.height, pictures.pix_fmt = _WIDTH, _HEIGHT, "yuv420p"
        sound = container.add_stream("pcm_s16le", rate=8000, layout="mono")
        noise = np.random.default_rng(1).integers(0, 255, (2, _HEIGHT, _WIDTH, 3), np.uint8)
        for number in range(_FRAMES):
            shown = noise[number * 2 // _FRAMES] * (number < _FRAMES * 3 // 4)
            picture = av.VideoFrame.from_ndarray(np.roll(shown, number, 1), "rgb24")
            container.mux(pictures.encode(picture))
            wave = np.arange(_SAMPLES_A_FRAME, dtype=np.int16)[None] * 64
            samples = av.AudioFrame.from_ndarray(wave, "s16", "mono")
            samples.sample_rate, samples.pts = 8000, number * _SAMPLES_A_FRAME
            samples.time_base = Fraction(1, 8000)
            container.mux(sound.encode(samples))
        container.mux(pictures.encode(None))
        container.mux(sound.encode(None))
    return file.getvalue()
