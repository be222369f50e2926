"""The pages around a unit's people: the list, adding by hand, accounts and roles."""

from flask import Blueprint

bp = Blueprint("members", __name__, url_prefix="/units/<uuid:unit_id>/members")

from app.members.views import (  # noqa: E402, F401
    accounts,
    ages,
    editing,
    export,
    guardians,
    imports,
    invitations,
    joining,
    listing,
    new,
    positions,
    roles,
    trainings,
    transfers,
)
