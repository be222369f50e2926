"""Seats, the waiting list, consent and cancelling: who comes along."""

from flask import Flask

from app.config import Config
from app.families import birthdays
from app.outings import seatbook as outings_seatbook
from app.signups import views
from app.signups.rules import ages
from app.signups.seatbook import Seats


def init_app(app: Flask, _config: Config) -> None:
    """Move in, and bring what earlier rooms need to know: the seat book, and the outings that a corrected birth date changes."""
    outings_seatbook.use(Seats())
    birthdays.use(ages.hold)
    app.register_blueprint(views.bp)
