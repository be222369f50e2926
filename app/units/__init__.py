"""Troops, packs and crews, their patrols, and who leads them."""

from dataclasses import dataclass
from typing import Any

from flask import Flask, request
from flask_login import current_user

from app.config import Config
from app.identity import sessions
from app.units import views
from app.units.access import BROUGHT, ROLES, UnitRole, roles_of


@dataclass(frozen=True)
class Navigation:
    """What the bar at the top of every page shows: the room at hand, and the units that one leads."""

    active: str
    units: list[UnitRole]


def init_app(app: Flask, _config: Config) -> None:
    """Move in."""
    sessions.COMPANIONS[BROUGHT] = ROLES
    sessions.TRUSTED["units"] = lambda user: bool(roles_of(user))
    app.register_blueprint(views.bp)

    @app.context_processor
    def navigation() -> dict[str, Any]:
        # Refusals can be shown before anybody is signed in, and to addresses that belong to no room.
        roles = list(roles_of(current_user).values()) if current_user.is_authenticated else []
        return {"nav": Navigation(request.blueprint or "", roles)}
