"""Is the process alive; is it ready for people."""

from functools import cache

from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Blueprint, Response, current_app, jsonify
from sqlalchemy.exc import SQLAlchemyError

from app.config import ROOT
from app.extensions import db
from app.telemetry import metrics
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
    """The database answers, and its schema is the one that this code was written for, or that of a later release.

    Later: while a new release is rolled out, the old one goes on serving on the new schema (docs/migrations.md). If it
    called itself unready then, nobody would be served until the new one has started.
    """
    try:
        with db.engine.connect() as connection:
            found = set(MigrationContext.configure(connection).get_current_heads())
    except SQLAlchemyError:
        current_app.logger.warning("readyz: the database cannot be reached")
        return jsonify(status="database unreachable"), 503
    metrics.revision_found("database", found)
    if is_behind(found):
        return jsonify(status="schema not at head; run flask db upgrade"), 503
    return jsonify(status="ready"), 200


def is_behind(found: set[str]) -> bool:
    """Whether the database lacks a revision of this code. One at a revision that this code does not know is ahead."""
    heads, known = revisions()
    return not (heads <= found or found - known)


@cache
def revisions() -> tuple[frozenset[str], frozenset[str]]:
    """The newest, and all, that this code brings; they change with the code only."""
    scripts = ScriptDirectory(ROOT / "migrations")
    return frozenset(scripts.get_heads()), frozenset(script.revision for script in scripts.walk_revisions())
