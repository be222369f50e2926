"""One's own people, who else looks after them, and the way in for another guardian."""

from flask import Blueprint

bp = Blueprint("families", __name__)

from app.families.views import choices, guardians, health, home_rows, invitation, people  # noqa: E402, F401
