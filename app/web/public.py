"""What every view says of itself: which line of the table of permissions it stands under.

The gate reads it (``identity/sessions.py``), and a test fails for a route that says nothing. The lines are
``identity/permissions.py``'s; here, and in what no room comes before, they are words.
"""

from collections.abc import Callable
from typing import Any, TypeVar

View = TypeVar("View", bound=Callable[..., Any])


def needs(permission: str, *, to_write: str | None = None) -> Callable[[View], View]:
    """This view is for whoever has ``permission``; sending its form for whoever has ``to_write``, if that is another."""

    def mark(view: View) -> View:
        view.needs = {"GET": permission, "POST": to_write or permission}  # type: ignore[attr-defined]
        return view

    return mark


def needed(view: Any, method: str) -> str | None:
    """The permission that a view asks for; None when it says nothing, or that it is for anybody (``public``)."""
    marks: dict[str, str] = getattr(view, "needs", {})
    return marks.get("POST" if method == "POST" else "GET")


def public(view: View) -> View:
    """This view answers to anybody and shows nothing of anybody."""
    view.is_public = True  # type: ignore[attr-defined]
    return view


def before_second_factor(view: View) -> View:
    """This view answers also to somebody who must first set up a second factor."""
    view.is_before_second_factor = True  # type: ignore[attr-defined]
    return view


def before_new_password(view: View) -> View:
    """This view answers also to somebody who must first change the password."""
    view.is_before_new_password = True  # type: ignore[attr-defined]
    return view
