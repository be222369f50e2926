"""For the site admin: which mails did not leave. For developers: the mails that never do."""

import uuid
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, current_app, make_response, request, url_for
from flask_login import current_user

from app.errors import NotFound
from app.extensions import db
from app.mail import queries, rules
from app.web.pages import go, page
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
    if number > 1 and not rows:
        raise NotFound
    return page(
        "mail/failures.html", rows=rows, pager=pager(".failures", number, total), state=queries.state(), zone=UTC
    )


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
    if number > 1 and not mails:
        raise NotFound
    return page("mail/kept.html", mails=mails, pager=pager(".kept", number, total), zone=UTC)


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


def asked_page() -> int:
    """The page's number in the address."""
    return max(1, min(request.args.get("page", 1, type=int), 10_000))


def pager(endpoint: str, number: int, total: int) -> dict[str, Any]:
    """What the pager macro prints."""
    pages = max(1, -(-total // queries.PAGE_SIZE))
    return {
        "number": number,
        "pages": pages,
        "total": total,
        "prev_url": url_for(endpoint, page=number - 1) if number > 1 else None,
        "next_url": url_for(endpoint, page=number + 1) if number < pages else None,
    }
