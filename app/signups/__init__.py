"""Seats, the waiting list, consent and cancelling: who comes along."""

from flask import Flask

from app.config import Config
from app.outings import seatbook as outings_seatbook
from app.signups import views
from app.signups.seatbook import Seats


def init_app(app: Flask, _config: Config) -> None:
    """Move in, and bring the seat book that the outings room reads."""
    outings_seatbook.use(Seats())
    app.register_blueprint(views.bp)
