"""What must hold before the site serves anybody in production."""

import logging

from flask import Flask
from sqlalchemy import or_, select
from sqlalchemy.exc import SQLAlchemyError

from app.config import ConfigError
from app.extensions import db
from app.identity import passwords
from app.identity.models import User

MOST = 200  # accounts looked at; each costs one hash
log = logging.getLogger(__name__)


def refuse_published_passwords(app: Flask) -> None:
    """Refuse to serve in production while an account has the published default password.

    Only accounts that can have it are tried: site admins, and those that have not changed a first password yet (every
    other way to set a password refuses it).

    Raises:
        ConfigError: names the account and the command that mends it.
    """
    if app.config["APP_ENV"] != "production":
        return
    with app.app_context():
        try:
            suspects = db.session.execute(
                select(User.email, User.password_hash)
                .where(or_(User.is_site_admin, User.must_change_password), User.password_hash.is_not(None))
                .limit(MOST)
            ).all()
        except SQLAlchemyError:
            # /readyz says so for as long as it lasts; a database that restarts must not keep the site from starting.
            log.warning("the database cannot be read at start; published passwords were not looked for")
            suspects = []
        finally:
            db.session.remove()
            # The workers fork from this process and must not share its connection.
            db.engine.dispose()
    for email, password_hash in suspects:
        if passwords.verify(password_hash, passwords.PUBLISHED_DEFAULT):
            raise ConfigError(
                f"the account {email} still has the published password {passwords.PUBLISHED_DEFAULT!r}. "
                f"Set a new one with: flask seed-admin --email {email} --reset-password"
            )
