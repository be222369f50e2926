"""The unit's side of its people: memberships, positions, accounts, and the roster that comes as a file."""

from flask import Flask

from app.config import Config
from app.identity import events
from app.members import cli, following, letters, views
from app.members.rules import invitations
from app.members.waiting import waits_in

# ``following`` hears of changes from the moment on at which it is imported.
__all__ = ["following", "init_app", "letters"]


def init_app(app: Flask, _config: Config) -> None:
    """Move in."""
    cli.init_app(app)
    events.WITNESSES["members"] = invitations.end_what_a_thief_made
    app.jinja_env.globals["waits_in"] = waits_in
    app.register_blueprint(views.bp)
    app.register_blueprint(views.imports.bp)
    app.register_blueprint(views.invitations.bp)
    app.register_blueprint(views.joining.bp)
    app.register_blueprint(views.trainings.bp)
    app.register_blueprint(views.transfers.bp)
