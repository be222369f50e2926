"""Is the process alive; is it ready for people."""

from functools import cache

from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Blueprint, Response, current_app, jsonify
from sqlalchemy.exc import SQLAlchemyError

from app.config import ROOT
from app.extensions import db
from app.web.public import public

bp = Blueprint("web", __name__)


@bp.get("/healthz")
@public
def healthz() -> Response:
    """The process answers."""
    return jsonify(status="alive")


@bp.get("/readyz")
@public
def readyz() -> tuple[Response, int]:
    """The database answers and its schema is the one that this code was written for."""
    try:
        with db.engine.connect() as connection:
            found = set(MigrationContext.configure(connection).get_current_heads())
    except SQLAlchemyError:
        current_app.logger.warning("readyz: the database cannot be reached")
        return jsonify(status="database unreachable"), 503
    if found != heads():
        return jsonify(status="schema not at head; run flask db upgrade"), 503
    return jsonify(status="ready"), 200


@cache
def heads() -> frozenset[str]:
    """The revisions that this code was written for; they change with the code only."""
    return frozenset(ScriptDirectory(ROOT / "migrations").get_heads())
