"""For the site admin: which mails did not leave. For developers: the mails that never do."""

import uuid
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, current_app, make_response, url_for
from flask_login import current_user

from app.errors import NotFound
from app.extensions import db
from app.mail import queries, rules
from app.web.pages import go, page
from app.web.paging import asked_page, pager
from app.web.public import needs, public
from app.web.toasts import toast

bp = Blueprint("mail", __name__)
UTC = ZoneInfo("UTC")
RUN_SITE = "run the site"  # the permission in identity/permissions.py, a room that comes later


@bp.get("/admin/mail")
@needs(RUN_SITE)
def failures() -> Response:
    """Mails that wait for another attempt or were given up."""
    require_site_admin()
    number = asked_page()
    rows, total = queries.failures(number)
    pages = pager(number, total, queries.PAGE_SIZE, lambda to: url_for(".failures", page=to))
    return page("mail/failures.html", rows=rows, pager=pages, state=queries.state(), zone=UTC)


@bp.post("/admin/mail/<int:job_id>")
@needs(RUN_SITE)
def retry(job_id: int) -> Response:
    """Once more."""
    require_site_admin()
    if job_id >= 2**63:
        raise NotFound
    failure = rules.retry(job_id)
    db.session.commit()
    return toast(go(url_for(".failures")), f"The mail to {failure.recipient or 'somebody'} is tried again now.")


@bp.get("/dev/mail")
@public
def kept() -> Response:
    """What would have been sent."""
    require_development()
    number = asked_page()
    mails, total = queries.kept_mails(number)
    pages = pager(number, total, queries.PAGE_SIZE, lambda to: url_for(".kept", page=to))
    return page("mail/kept.html", mails=mails, pager=pages, zone=UTC)


@bp.get("/dev/mail/<uuid:mail_id>")
@public
def kept_html(mail_id: uuid.UUID) -> Response:
    """One of them as a mail program shows it."""
    require_development()
    mail = queries.kept_mail(mail_id)
    if mail is None:
        raise NotFound
    return make_response(mail.html)


def require_site_admin() -> None:
    """Nobody else needs to know that there is such a page."""
    if not current_user.is_site_admin:
        raise NotFound


def require_development() -> None:
    """Anybody may read other people's links there, so it is nowhere else, whatever the settings say."""
    if current_app.config["APP_ENV"] != "development":
        raise NotFound
