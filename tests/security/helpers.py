"""Forms of every address, and which of their fields a page asks for."""

import re
from collections.abc import Iterator
from typing import Any, ClassVar

from werkzeug.datastructures import ImmutableMultiDict

from tests.routes.table import ROWS, Row
from tests.routes.world import WHO

HTMX = {"HX-Request": "true"}
FORM = "application/x-www-form-urlencoded"
POSTS = [row for row in ROWS if row.method == "POST"]
# Of several addresses that differ in the thing only, the first.
KINDS = list({re.sub(r"{\w+}", "", row.address): row for row in reversed(POSTS)}.values())[::-1]


def who_may(row: Row) -> str:
    """The least of those for whom the honest form succeeds, or a parent where it never does."""
    return next((who for who in WHO if row.expected[who] in ("200", "303")), "parent")


EVERY = "*"  # somebody went through all names


class Heard(ImmutableMultiDict[str, str]):
    """A form or a query that says which of its fields a page has asked for, or that it went through all of them."""

    names: ClassVar[set[str]] = set()

    def __getitem__(self, name: str) -> str:
        self.names.add(name)
        return super().__getitem__(name)

    def __contains__(self, name: object) -> bool:
        self.names |= {name} if isinstance(name, str) else set()
        return super().__contains__(name)

    def get(self, name: str, *more: Any, **converting: Any) -> Any:
        self.names.add(name)
        return super().get(name, *more, **converting)

    def getlist(self, name: str, *more: Any, **converting: Any) -> list[Any]:
        self.names.add(name)
        return super().getlist(name, *more, **converting)

    def __iter__(self) -> Iterator[str]:
        self.went_through()
        return super().__iter__()

    def keys(self) -> Any:
        self.went_through()
        return super().keys()

    def values(self) -> Any:
        self.went_through()
        return super().values()

    def items(self, *more: Any, **flags: Any) -> Any:
        self.went_through()
        return super().items(*more, **flags)

    def lists(self) -> Any:
        self.went_through()
        return super().lists()

    def went_through(self) -> None:
        """If there is anything to go through."""
        self.names |= {EVERY} if len(self) else set()
