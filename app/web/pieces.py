"""Pieces of HTML: printed once, and put together.

``{% call once("bar", nav) %}...{% endcall %}`` prints what many pages share for the first of them. A piece is found by its name
and by the values that stand behind it, which must be all that it depends on. No token stands in one, nor anything that only
one visitor may see.
"""

from collections.abc import Callable, Hashable, Iterable

from flask import Flask
from markupsafe import Markup

MOST_PIECES = 500  # of some 2 kB at most, in each process


def init_app(app: Flask) -> None:
    """Give ``once`` to the templates."""
    pieces: dict[tuple[Hashable, ...], Markup] = {}

    def once(*values: Hashable, caller: Callable[[], Markup]) -> Markup:
        found = pieces.get(values)
        if found is None or app.debug:  # somebody is at work on the template
            if len(pieces) >= MOST_PIECES:
                pieces.clear()
            found = pieces[values] = caller()
        return found

    app.jinja_env.globals["once"] = once


def joined(pieces: Iterable[Markup]) -> Markup:
    """Pieces one after the other. ``Markup.join`` would look at each of them again, which costs more than a page of kept rows.

    Raises:
        TypeError: one of them is plain text, which nobody has escaped.
    """
    found = list(pieces)
    if set(map(type, found)) - {Markup}:
        raise TypeError("only what a template has printed is put together here")
    return Markup("".join(found))  # nosec B704
