"""The pages of units: those that one leads, their settings, their patrols."""

from flask import Blueprint

bp = Blueprint("units", __name__, url_prefix="/units")

from app.units.views import listing, patrols  # noqa: E402, F401
