"""Mail: a queue and a transport with no domain in them. What a mail says stands in the room that says it.

A rule calls :func:`send`, or :func:`send_letter` when the mail holds a secret. Both only write to the queue, on the session's
own connection: the mail leaves when the change is committed, and never when it is rolled back. ``flask worker`` hands
it over, at least once. How, and what is kept: ``docs/decisions/0008-mail-leaves-by-a-queue.md``.
"""

import logging

from flask import Flask

from app.config import Config
from app.mail import cli, views
from app.mail.letters import Letter, letter, link_to
from app.mail.sending import send, send_letter

__all__ = ["Letter", "letter", "link_to", "send", "send_letter"]


def init_app(app: Flask, config: Config) -> None:
    """Move in."""
    # It writes the values of a mail into its lines.
    logging.getLogger("procrastinate").setLevel(logging.WARNING)
    cli.init_app(app)
    app.register_blueprint(views.bp)
