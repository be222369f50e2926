"""Troops, packs and crews, their patrols, and who leads them."""

from dataclasses import dataclass
from typing import Any

from flask import Flask, request

from app.config import Config
from app.identity import sessions
from app.identity.models import User
from app.units import views
from app.units.access import BROUGHT, ROLES, UnitRole, roles_of


@dataclass(frozen=True)
class Navigation:
    """All that the bar at the top of a page depends on: the room at hand, the units that one leads, and whether the way to
    them is open. It is not before a first password is changed, and a second factor set up by whoever must have one.
    """

    active: str
    units: tuple[UnitRole, ...] = ()
    is_signed_in: bool = False
    is_open: bool = False
    runs_site: bool = False


def init_app(app: Flask, _config: Config) -> None:
    """Move in."""
    sessions.COMPANIONS[BROUGHT] = ROLES
    sessions.TRUSTED["units"] = lambda user: bool(roles_of(user))
    app.register_blueprint(views.bp)

    @app.context_processor
    def navigation() -> dict[str, Any]:
        return {"nav": navigation_of(sessions.account())}


def navigation_of(user: User) -> Navigation:
    """For the request at hand. Refusals can be shown before anybody is signed in, and to addresses that belong to no room."""
    if not user.is_authenticated:
        return Navigation("login" if request.endpoint == "identity.login" else "")
    here = "members" if "unit_id" in (request.view_args or ()) else request.blueprint or ""
    is_open = not (user.must_change_password or sessions.must_set_up_factor(user))
    return Navigation(here, tuple(roles_of(user).values()), True, is_open, user.is_site_admin)
