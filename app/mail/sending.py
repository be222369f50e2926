"""Writing a mail into the queue, in the transaction of what it tells of."""

import logging
from typing import Any

from flask import current_app

from app.extensions import db, new_id

SOON = 10  # priority of what somebody sits and waits for
log = logging.getLogger(__name__)


def send(to: str, subject: str, template: str, *, soon: bool = False, **values: Any) -> None:
    """Send a mail to one address once the transaction at hand is committed; never when it is rolled back.

    ``template`` is a pair of files under ``templates/``, ``<template>.txt`` and ``.html``, which get ``values``, ``subject``
    and ``site``. Values are what JSON can hold. They wait in the queue until the mail has left, so a link that opens
    something is not among them: that is for :func:`send_letter`.
    """
    send_letter("plain", soon=soon, to=to, subject=subject, template=template, values=values)


def send_letter(name: str, *, soon: bool = False, **values: Any) -> None:
    """The same for a letter of ``app.mail.letters``, which is written when it leaves. ``soon`` lets it pass the others."""
    if not current_app.config["SENDS_MAIL"]:
        # A queue that nobody works off would grow for ever; the doctor tells whoever runs the site.
        log.warning("no mail is configured, so the letter %r was not written", values.get("template", name))
        return
    # procrastinate takes 13 MB, which a web process that sends no mail need not have.
    from app.mail.queue import deliver

    db.session.flush()
    waiting = deliver.configure(connection=db.session.connection(), priority=SOON if soon else 0)
    waiting.defer(ident=str(new_id()), letter=name, values=values)
