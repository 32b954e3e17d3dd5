"""What every section of the settings is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator

SECRET = frozenset({"password", "headers", "proxy"})


class Section(msgspec.Struct, frozen=True):
    """One section; what is secret in it is not shown."""

    def __repr__(self) -> str:
        values = ((name, getattr(self, name)) for name in self.__struct_fields__)
        shown = (f"{name}={'…' if name in SECRET and value else repr(value)}" for name, value in values)
        return f"{type(self).__name__}({', '.join(shown)})"

    def problems(self) -> Iterator[str]:
        """Yield what the types of the settings let through, in words for the person who wrote it."""
        yield from ()
