"""A worker's answer → the value that it stands for, and nothing that acts.

Workers read what strangers wrote. Whoever takes one over can answer with any pickle, and a pickle may call any function
that it names; so here it can only make what answers are made of: records and words of ours, a few containers and
instants, exceptions. Each comes by a maker that cannot be altered: what an answer does to a class (`pickle`, BUILD) it
would do to the whole program.
"""

from __future__ import annotations

import io
import pickle
import sys
from dataclasses import is_dataclass
from enum import Enum
from functools import lru_cache
from typing import Any

_OURS = "aggregator."
_PLAIN = {
    "builtins": frozenset(("frozenset", "set")),
    "collections": frozenset(("Counter", "OrderedDict", "deque")),
    "datetime": frozenset(("date", "datetime", "time", "timedelta", "timezone")),
}
# A class of C's that nobody can alter, and what fills it.
_AS_THEY_ARE = frozenset((("array", "array"), ("array", "_array_reconstructor")))


def travels(error: Exception) -> bool:
    """Tell whether an exception of this kind can come in an answer."""
    return type(error).__module__ == "builtins" or type(error).__module__.startswith(_OURS)


def opened(answer: bytes) -> object:
    """Return what was pickled.

    Raises:
        Exception: it is garbage, which raises anything at all in pickle, or names what is in no answer.

    """
    return _Opening(io.BytesIO(answer)).load()


class _Opening(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        return _maker(module, name)


@lru_cache(maxsize=256)
def _maker(module: str, name: str) -> Any:
    """Return what makes the values of a class; raise UnpicklingError for all that is in no answer."""
    if (module, name) == ("builtins", "getattr"):  # by which Python 3.11 names the members of an enumeration
        return _member
    found: Any = getattr(
        sys.modules.get(module), name, None
    )  # what we have not loaded is not loaded for an answer
    if (module, name) in _AS_THEY_ARE:
        return found
    if name in _PLAIN.get(module, ()):
        return _Maker(found)
    ours = module.startswith(_OURS)
    if isinstance(found, type):
        if issubclass(found, Exception) and (ours or module == "builtins"):
            return _Maker(found)
        if ours and issubclass(found, Enum):
            return _Maker(found)
        if ours and is_dataclass(found):
            return _sealed(found)
    raise pickle.UnpicklingError(f"{module}.{name} is in no answer")


class _Maker:
    """Makes the values of a class by calling it."""

    __slots__ = ("kind",)
    kind: Any

    def __init__(self, kind: Any) -> None:
        object.__setattr__(self, "kind", kind)

    def __setattr__(self, name: str, value: object) -> None:
        raise pickle.UnpicklingError(f"{name} is not to be set")

    def __call__(self, *words: object) -> object:
        return self.kind(*words)


def _member(maker: object, name: str) -> object:
    """Return the member of an enumeration that has this name."""
    if isinstance(maker, _Maker) and issubclass(maker.kind, Enum):
        return maker.kind[name]
    raise pickle.UnpicklingError("only members of enumerations are named")


class _Seal(type):
    """A class that stays as it is."""

    def __setattr__(cls, name: str, value: object) -> None:
        raise pickle.UnpicklingError(f"{name} is not to be set")


def _sealed(record: type) -> type:
    """Return a class whose new objects are those of `record`, not yet filled: pickle makes records so (NEWOBJ)."""

    def new(_: type) -> object:
        return object.__new__(record)

    return _Seal(record.__name__, (), {"__new__": new, "__slots__": ()})
