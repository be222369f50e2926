"""Taking one's data home, and leaving."""

from flask import Blueprint

bp = Blueprint("privacy", __name__)

from app.privacy.views import data, leaving  # noqa: E402, F401
