"""Every list goes by pages; the address says which one is asked for."""

from collections.abc import Callable
from dataclasses import dataclass

from flask import request

from app.errors import NotFound

MOST_PAGES = 10_000


@dataclass(frozen=True)
class Pager:
    """What the macro of that name prints."""

    number: int
    pages: int
    total: int
    prev_url: str | None
    next_url: str | None


def asked_page() -> int:
    """The page that the address names; the first when it names none."""
    return max(1, min(request.args.get("page", 1, type=int), MOST_PAGES))


def pager(number: int, total: int, size: int, address: Callable[[int | None], str]) -> Pager:
    """The way from page ``number`` to its neighbours. ``address`` makes that of a page; the first is None, the plain address.

    Raises:
        NotFound: there is no such page.
    """
    pages = max(1, -(-total // size))
    if number > pages:
        raise NotFound
    return Pager(
        number,
        pages,
        total,
        prev_url=address(number - 1 if number > 2 else None) if number > 1 else None,
        next_url=address(number + 1) if number < pages else None,
    )
