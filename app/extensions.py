"""The libraries that the house stands on, each made once and bound to the app by ``create_app``."""

import uuid
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from flask import Response
from flask_login import LoginManager
from flask_migrate import Migrate
from flask_migrate.cli import downgrade
from flask_sqlalchemy import SQLAlchemy
from htmx_flask import Htmx
from sqlalchemy import DateTime, MetaData, Numeric, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, registry
from uuid_utils.compat import uuid7

from app.csrf import Csrf

# Without names, a downgrade cannot drop what the upgrade made (Alembic writes drop_constraint(None)).
NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """Parent of every model. The type map must sit on a registry: Flask-SQLAlchemy refuses it on the class."""

    registry = registry(
        metadata=MetaData(naming_convention=NAMES),
        type_annotation_map={
            str: Text(),
            uuid.UUID: Uuid(),
            datetime: DateTime(timezone=True),
            Decimal: Numeric(8, 2),
            dict[str, Any]: JSONB(),
        },
    )


class Arrivals(LoginManager):
    """Flask-Login without its own cookie for who is to be remembered: here a session is a row, and how long it lasts stands in it.
    Nor does it compare addresses: a phone changes its own all day.
    """

    def _load_user_from_remember_cookie(self, _cookie: str) -> None:
        """Nobody. Reading such a cookie would stumble over letters that no browser puts there."""

    def _update_remember_cookie(self, response: Response) -> Response:
        return response

    def _session_protection_failed(self) -> bool:
        return False


db = SQLAlchemy(model_class=Base)
migrate = Migrate()
# "flask db downgrade -1" as it is typed for Alembic: click would take -1 for an option.
downgrade.context_settings["ignore_unknown_options"] = True
login_manager = Arrivals()
csrf = Csrf()
htmx = Htmx()

if TYPE_CHECKING:
    Model = Base
else:
    Model = db.Model


def new_id() -> uuid.UUID:
    """A UUID of version 7: it sorts by the time it was made, so that new rows land together in an index."""
    return uuid7()
