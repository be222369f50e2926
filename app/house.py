"""The whole house: every room, and the application that they make together."""

from collections.abc import Callable, MutableMapping
from typing import Any

from flask import Flask
from flask.templating import Environment
from werkzeug.routing import Rule

from app import (
    admin,
    audit,
    demo,
    doctor,
    driver,
    duplicates,
    families,
    identity,
    mail,
    members,
    outings,
    privacy,
    replica,
    roster,
    signups,
    telemetry,
    units,
    upkeep,
    web,
)
from app.commands import Command
from app.config import ROOT, Config
from app.extensions import db, htmx, login_manager, migrate
from app.identity import sessions
from app.web.cookies import SignedCookies

ROOMS = (
    web,
    mail,
    identity,
    audit,
    units,
    families,
    members,
    outings,
    signups,
    roster,
    duplicates,
    admin,
    privacy,
    demo,
    upkeep,
    doctor,
)


class Templates(Environment):
    """Flask's templates, of which none has variables of its own for all its pages: with each import and include Jinja would
    compare those with the ones of all templates, name by name.
    """

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        """Those of all templates."""
        return super().make_globals(d) if d else self.globals


class Route(Rule):
    """A rule that Werkzeug learns to write as an address when somebody first wants that address: no process wants all of them,
    and to learn them took most of the time in which an application is made.
    """

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        learn = super()._compile_builder

        def first(self: Rule, /, **values: Any) -> tuple[str, str]:
            build = learn(append_unknown).__get__(self, None)
            setattr(self, "_build_unknown" if append_unknown else "_build", build)
            built: tuple[str, str] = build(**values)
            return built

        return first


class House(Flask):
    """Flask, in which no function is asynchronous: it would look at each one before every call."""

    jinja_environment = Templates
    url_rule_class = Route
    session_interface = SignedCookies()

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """The function as it is."""
        return func


def build(config: Config) -> Flask:
    """The application for ``config``."""
    app = House("app", template_folder=ROOT / "templates", static_folder=ROOT / "static")
    app.config.from_mapping(config.flask_settings())
    app.cli.command_class = Command
    db.init_app(app)
    with app.app_context():
        for engine in db.engines.values():
            driver.teach(engine, prepares=config.prepared_statements)
    migrate.init_app(app, db, directory=ROOT / "migrations", compare_type=True, compare_server_default=True)
    login_manager.init_app(app)
    htmx.init_app(app)
    for room in ROOMS:
        room.init_app(app, config)
    replica.init_app(app, config)
    telemetry.init_app(app, config)
    if not config.is_production:
        sessions.check_declarations(app)
    return app
