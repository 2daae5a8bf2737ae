"""What the API answers of text in pictures."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class PictureLine(BaseModel):
    """One line that a machine read in a keyframe; its box in parts of width and height."""

    model_config = ConfigDict(extra="forbid")

    text: str
    pts: int
    start_ms: int
    end_ms: int
    confidence: float
    left: float
    top: float
    width: float
    height: float
    dismissed: bool


class PictureText(BaseModel):
    """All of a clip; what people dismissed is among it, and isn't searched."""

    model_config = ConfigDict(extra="forbid")

    state: str = Field(description="none, waiting, reading, done or failed")
    recipe: str
    keyframes_read: int
    keyframes: int
    lines: list[PictureLine]
