"""The workbench: the list, one row edited in place, people added, the list as a file."""

from flask import Blueprint

bp = Blueprint("roster", __name__)

from app.roster.views import adding, editing, health, meals, reading  # noqa: E402, F401
