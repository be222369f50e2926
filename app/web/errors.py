"""Refusals and accidents, as a page or, for htmx, as a toast that leaves the row alone."""

import logging

from flask import Flask, Response, make_response, render_template
from flask_wtf.csrf import CSRFError
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import BadHost, HTTPException, InternalServerError, SecurityError

from app.errors import NOT_FOUND, Conflict, RuleBroken, TooMany
from app.extensions import db
from app.web.headers import vary_by
from app.web.outages import bare, is_outage, saved, unavailable
from app.web.pages import wants_fragment
from app.web.toasts import toast

log = logging.getLogger(__name__)

MEANWHILE = "What you were changing was removed by somebody else at this moment. Nothing was saved."
WORDS = {
    400: ("We could not read that request", "Go back, reload the page and try again."),
    403: ("You may not do that", "Your account has no right to this. A leader of the unit can help."),
    404: (
        "Page not found",
        "It may have moved, or your account may not see it. If a leader sent you here, ask them to connect your account "
        "with the unit.",
    ),
    405: ("That does not work here", "Go back and use the buttons of the page."),
    409: ("Somebody was quicker", "Go back, look at how it stands now, and try again."),
    410: ("This link no longer works", ""),
    413: ("That is too large", "Send less at once."),
    415: ("We could not read that request", "Go back, reload the page and use its form."),
    429: ("Too many attempts", "Wait a little and try again."),
    503: ("Back in a moment", "The site is busy or being upgraded. Nothing was changed; try again in a minute."),
}


def init_app(app: Flask) -> None:
    """Answer every refusal in the manner that the request asked for."""
    app.register_error_handler(RuleBroken, refuse)
    app.register_error_handler(CSRFError, refuse_forged)
    app.register_error_handler(HTTPException, refuse_http)
    app.register_error_handler(Exception, crash)


def refuse(error: RuleBroken) -> Response:
    """A rule said no."""
    if error.__cause__ is not None:  # the database said no, and will answer nothing more in this transaction
        db.session.rollback()
    title, advice = WORDS.get(error.status, ("That is not possible", "Go back and change what you entered."))
    if error.status == 404 and error.message != NOT_FOUND:  # what was looked for is named, and it is gone
        advice = ""
    response = answer(error.status, title, error.message, advice)
    if isinstance(error, TooMany):
        response.headers["Retry-After"] = str(error.retry_after)
    return response


def refuse_forged(error: CSRFError) -> Response:
    """The form's token is missing or of another session."""
    return answer(
        400,
        "This form has expired",
        "You signed in or out since this page was opened. Reload it and send it again.",
        "",
    )


def refuse_http(error: HTTPException) -> Response:
    """Werkzeug said no."""
    if error.response is not None:
        return error.response  # type: ignore[return-value]
    if isinstance(error, SecurityError | BadHost):
        # A host that is not ours, or none at all: there is no address to build a page with.
        return make_response("This site does not answer to that host name.\n", 400, {"Content-Type": "text/plain"})
    if isinstance(error, InternalServerError) and error.original_exception:
        # Something broke while a refusal was being written, or after the answer.
        return crash(error.original_exception)
    status = error.code or 500
    title, advice = WORDS.get(status, (error.name, ""))
    response = answer(status, title, "", advice)
    for name, value in error.get_headers():
        if name in ("Allow", "Retry-After"):
            response.headers[name] = value
    return response


def crash(error: BaseException) -> Response:
    """Our own mistake: log it, and say what became of the request."""
    if is_outage(error):
        return unavailable(error)
    if isinstance(error, StaleDataError):
        return refuse(Conflict(MEANWHILE))
    log.error("unhandled %s", type(error).__name__, exc_info=error)
    title = "Something broke on our side"
    if wants_fragment():
        return answer(500, "", f"{title}. {saved(error)}", "")
    # Whatever broke may be what the full layout needs, so this page stands alone.
    return make_response(bare(title, saved(error)), 500)


def answer(status: int, title: str, message: str, advice: str) -> Response:
    """The refusal as a toast for htmx (HX-Reswap: none keeps errors out of rows), else as a page."""
    if wants_fragment():
        response = toast(make_response("", status), message or f"{title}. {advice}", kind="error")
        response.headers["HX-Reswap"] = "none"
    else:
        body = render_template("errors/error.html", status=status, title=title, message=message, advice=advice)
        response = make_response(body, status)
    vary_by(response, "HX-Request")
    return response
