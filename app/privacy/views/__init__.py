"""Taking one's data home, and leaving."""

from flask import Blueprint

bp = Blueprint("privacy", __name__)

from app.privacy.views import data  # noqa: E402, F401
