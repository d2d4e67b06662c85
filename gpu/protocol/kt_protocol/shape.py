"""Checks JSON values against type hints: TypedDicts, lists, dicts, literals, unions and bounds."""

import re
import types
from collections.abc import Callable, Iterator
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints, is_typeddict

Bound = Callable[[Any], bool]


def minimum(least: float) -> Bound:
    """The value, or a list's length, is at least `least`."""
    return lambda value: (len(value) if isinstance(value, list) else value) >= least


def maximum(most: float) -> Bound:
    """The value, or a list's length, is at most `most`."""
    return lambda value: (len(value) if isinstance(value, list) else value) <= most


def pattern(expression: str) -> Bound:
    """The whole text matches `expression`."""
    return lambda value: re.fullmatch(expression, value) is not None


def problems(value: Any, shape: Any, path: str = "") -> Iterator[str]:
    """Everything about `value` that does not fit `shape`, each with its JSON pointer."""
    origin = get_origin(shape)
    if shape is Any:
        return
    if is_typeddict(shape):
        yield from _object_problems(value, shape, path)
    elif origin is Annotated:
        base, *bounds = get_args(shape)
        found = list(problems(value, base, path))
        yield from found
        if not found and not all(bound(value) for bound in bounds):
            yield f"{path}: {value!r} is out of bounds"
    elif origin in (Union, types.UnionType):
        if all(any(problems(value, option, path)) for option in get_args(shape)):
            yield f"{path}: {value!r} is none of the allowed shapes"
    elif origin is Literal:
        if value not in get_args(shape):
            yield f"{path}: {value!r} is none of {get_args(shape)}"
    elif origin is list:
        yield from _list_problems(value, get_args(shape)[0], path)
    elif origin is dict:
        yield from _dict_problems(value, get_args(shape)[1], path)
    elif not _is_scalar(value, shape):
        yield f"{path}: {value!r} is not {'null' if shape is type(None) else shape.__name__}"


def _object_problems(value: Any, shape: Any, path: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{path}: {value!r} is not an object"
        return
    for key, hint in get_type_hints(shape, include_extras=True).items():
        if key in value:
            yield from problems(value[key], hint, f"{path}/{key}")
        elif key in shape.__required_keys__:
            yield f"{path}/{key}: is missing"


def _list_problems(value: Any, item: Any, path: str) -> Iterator[str]:
    if not isinstance(value, list):
        yield f"{path}: {value!r} is not a list"
        return
    for index, element in enumerate(value):
        yield from problems(element, item, f"{path}/{index}")


def _dict_problems(value: Any, item: Any, path: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{path}: {value!r} is not an object"
        return
    for key, element in value.items():
        yield from problems(element, item, f"{path}/{key}")


def _is_scalar(value: Any, kind: Any) -> bool:
    # In Python a bool is an int; in JSON it is not.
    if isinstance(value, bool):
        return kind is bool
    if kind is float:
        return isinstance(value, (int, float))
    return isinstance(value, kind)
