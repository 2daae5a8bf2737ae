"""Decoded frames without what lies outside of the clean aperture. For the decoder child only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from av.filter import Graph

if TYPE_CHECKING:
    from fractions import Fraction

    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

    from mediacatalog.aperture import Shown

_UNSTATED, _ITU709 = 2, 1  # ITU-T H.273, matrix coefficients


def is_large(frame: VideoFrame) -> bool:
    """Whether it is taken for BT.709 where the file doesn't tell."""
    lines = 608 if frame.width == 720 else 576  # D-10, with its vertical interval
    return frame.height > lines or frame.width > 1024


class Cutter:
    """libavfilter's `crop`: frames keep their samples, and all that is known of them.

    A cut frame refers to the whole one, which so lives as long: see `hidden`.
    """

    def __init__(self, shown: Shown, stream: VideoStream) -> None:
        self._aperture, self._time_base = shown.aperture, stream.time_base
        self.sar: Fraction | None = shown.sar
        self._size = stream.width, stream.height
        self._graph: Graph | None = None
        self._format = ""

    @property
    def hidden(self) -> float:
        """How many times as much as a cut frame its whole frame is."""
        width, height, *_ = self._aperture.cut
        return self._size[0] * self._size[1] / (width * height)

    def applied(self, frame: VideoFrame) -> VideoFrame:
        """The part that is shown; all of a picture of another size than the aperture is of."""
        if (frame.width, frame.height) != self._size:
            return frame
        if self._graph is None or frame.format.name != self._format:
            self._graph, self._format = self._begun(frame), frame.format.name
        self._graph.vpush(frame)
        cut = self._graph.vpull()
        if frame.colorspace == _UNSTATED and is_large(frame):
            cut.colorspace = _ITU709  # which else would be guessed by its own size
        return cut

    def _begun(self, frame: VideoFrame) -> Graph:
        graph = Graph()
        graph.threads = 1
        width, height = self._size
        source = graph.add_buffer(
            width=width, height=height, format=frame.format, time_base=self._time_base
        )
        box = ":".join(map(str, self._aperture.cut))
        crop, sink = graph.add("crop", f"{box}:exact=1"), graph.add("buffersink")
        graph.link_nodes(source, crop, sink).configure()
        return graph
