"""What the wire models of every vendor have in common, and how an answer of another shape is told."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails, from_json

_QUOTED_CHARACTERS = 60


class ShapeError(Exception):
    """The answer is not what this API gives; the text names the JSON path and what stood there."""


def quote(value: object, longest: int = _QUOTED_CHARACTERS) -> str:
    """Return foreign text fit for a sentence: one line, printable, at most `longest` characters, in «»."""
    text = "".join(c if c.isprintable() else " " for c in str(value)[: longest * 4])
    text = " ".join(text.split())
    return f"«{text[: longest - 1]}…»" if len(text) > longest else f"«{text}»"


def _label(value: object) -> object:
    return str(value) if type(value) in (int, float) else value


Word = Annotated[str, Field(max_length=200)]
"""A word of the vendor's lists, a name or an instant."""

Label = Annotated[Word, BeforeValidator(_label)]
"""A name that some firmware writes as a number."""


class Wire(BaseModel):
    """Base of the wire models: strict types, new keys ignored."""

    model_config = ConfigDict(strict=True, extra="ignore", frozen=True)


def read_json(body: bytes) -> Any:
    """Read any JSON; ShapeError otherwise."""
    try:
        return from_json(body)
    except ValueError as error:
        raise ShapeError(f"$: invalid JSON, {error}") from None


def shape_error(error: ValidationError, path: str = "$") -> ShapeError:
    """Return the first of what is wrong, in something that stands at `path`."""
    details: ErrorDetails = error.errors(include_url=False, include_context=False)[0]
    where = path + "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in details["loc"])
    what = details["msg"][0].lower() + details["msg"][1:]
    seen = details["input"]
    if isinstance(seen, str | int | float) and details["type"] != "json_invalid":
        what += f", not {quote(seen)}"
    return ShapeError(f"{where}: {what}")
