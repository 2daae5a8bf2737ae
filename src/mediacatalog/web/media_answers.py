"""What the API answers of a clip's storyboard, of its sound and of single frames."""

from __future__ import annotations

from pydantic import Field

from mediacatalog.web.answers import Told


class StoryboardCell(Told):
    """A part of a sheet, in pixels, and the time that it stands for."""

    start_ms: int
    end_ms: int
    sheet: str = Field(description="The address of the sheet, a JPEG")
    x: int
    y: int
    width: int
    height: int


class Storyboard(Told):
    clip: str
    cells: list[StoryboardCell] = Field(description="In order of time")


class Waveform(Told):
    clip: str
    start_ms: float = Field(description="Where the sound begins")
    bucket_ms: float = Field(description="The time that one value stands for")
    peaks: str = Field(description="Base64: a byte for each such time, 255 × √(largest amplitude)")
    rms: str = Field(description="Base64: a byte for each such time, 255 × √(root mean square)")


class CitedFrame(Told):
    clip: str
    sha256: str = Field(description="Of the master")
    pts: int
    time_base: str
    ms: int
    number: int = Field(description="Of the frame, from 1")
    count: int = Field(description="Of all frames")
    before: int | None = Field(description="The PTS of the frame before")
    after: int | None = Field(description="The PTS of the next one")
    steady: bool = Field(description="False where the file's stamps jump or are missing")
    address: str = Field(description="The page of the frame; it stays")
    still: str = Field(description="The frame at full size, a JPEG")
    citation: str
