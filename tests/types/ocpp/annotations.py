"""Looks inside the annotations of fields."""

from __future__ import annotations

from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin


def bare(annotation: Any) -> Any:
    """Return the type inside of `Annotated` and beside `None`."""
    if get_origin(annotation) is Annotated:
        return bare(get_args(annotation)[0])
    if get_origin(annotation) in (Union, UnionType):
        (inner,) = [part for part in get_args(annotation) if part is not NoneType]
        return bare(inner)
    return annotation
