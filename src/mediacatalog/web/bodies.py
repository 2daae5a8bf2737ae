"""What requests of the API hold, as far as many of them hold it."""

from __future__ import annotations

from typing import Any

from flask import request
from pydantic import BaseModel, ConfigDict, Field, model_validator

LONGEST_CURSOR = 2000


class Body(BaseModel):
    """A JSON body of which every field is known."""

    model_config = ConfigDict(extra="forbid")


class QueryArgs(BaseModel):
    """What an address may hold; unknown names are refused, a repeated name is a list."""

    model_config = ConfigDict(extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def take_every_value(cls, given: dict[str, Any]) -> dict[str, Any]:
        """APIFlask hands over only the first of several values of a name."""
        fields = cls.model_fields.items()
        lists = {one.alias or name for name, one in fields if one.annotation == list[str]}
        return {
            name: request.args.getlist(name) if name in lists else value
            for name, value in given.items()
        }


class Part(QueryArgs):
    """A part of a list: `after` is the `next` of the part before."""

    after: str = Field(default="", max_length=LONGEST_CURSOR)
    limit: int = Field(default=50, ge=1, le=200)
