"""Marks the few views that answer without a sign-in. Everything else asks for one."""

from collections.abc import Callable
from typing import Any, TypeVar

View = TypeVar("View", bound=Callable[..., Any])


def public(view: View) -> View:
    """This view answers to anybody."""
    view.is_public = True  # type: ignore[attr-defined]
    return view


def before_new_password(view: View) -> View:
    """This view answers also to somebody who must first change the password."""
    view.is_before_new_password = True  # type: ignore[attr-defined]
    return view
