"""Scouting Outing Manager: one Flask application over one PostgreSQL database."""

from flask import Flask

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
from app.config import ROOT, Config
from app.extensions import db, htmx, login_manager, migrate
from app.identity import sessions

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


def create_app(config: Config | None = None) -> Flask:
    """The application for ``config``, or for the environment and ``.env`` when there is none.

    Raises:
        ConfigError: the configuration is missing something or unsafe.
    """
    config = config or Config.load()
    app = Flask(__name__, template_folder=ROOT / "templates", static_folder=ROOT / "static")
    app.config.from_mapping(config.flask_settings())
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
