"""The pages around an outing: reading, and planning."""

from flask import Blueprint

bp = Blueprint("outings", __name__)

from app.outings.views import planning, reading  # noqa: E402, F401
