"""When the database does not serve: 503, with everything that was sent kept for another try."""

import logging

from flask import Response, current_app, g, has_request_context, make_response, request, url_for
from psycopg2 import errorcodes
from psycopg2.errors import InterfaceError, OperationalError
from sqlalchemy import event
from sqlalchemy.exc import DBAPIError, PendingRollbackError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from app.extensions import db
from app.web.headers import vary_by
from app.web.pages import wants_fragment
from app.web.toasts import toast

log = logging.getLogger(__name__)

RETRY_AFTER = 5  # seconds; a restart of PostgreSQL takes about as many
TITLE = "Back in a moment"
BUSY = "The site is busy, or its database is being restarted."
NOTHING = "Nothing was saved."
UNKNOWN = (
    "We cannot tell whether what you sent was saved. Look before you send it again; a sign-up that is sent twice counts"
    " once."
)
# SQLSTATE classes: connection exception, insufficient resources (a full disk, too many connections), operator
# intervention (shutdown, crash, a statement over its limit), system error.
OUTAGE_CLASSES = ("08", "53", "57", "58")
OUTAGE_CODES = (
    errorcodes.LOCK_NOT_AVAILABLE,
    errorcodes.DEADLOCK_DETECTED,
    errorcodes.SERIALIZATION_FAILURE,
    errorcodes.READ_ONLY_SQL_TRANSACTION,
    errorcodes.IDLE_IN_TRANSACTION_SESSION_TIMEOUT,
)
# Never repeated in a page, and worth typing again.
SECRET = ("password", "current", "again", "token", "code", "credential", "sealed")


@event.listens_for(db.session, "before_commit")
def note_commit(*_: object) -> None:
    """From here on an answer that does not come leaves open what was saved."""
    if has_request_context():
        g.commit_begun = True


@event.listens_for(db.session, "after_commit")
def note_saved(*_: object) -> None:
    """From here on a request cannot say any more that nothing was saved."""
    if has_request_context():
        g.has_saved = True


def is_outage(error: BaseException | None) -> bool:
    """Whether this is the database's condition of the moment and no mistake of ours."""
    if isinstance(error, PoolTimeout | PendingRollbackError):
        return True
    if not isinstance(error, DBAPIError):
        return False
    code = getattr(error.orig, "pgcode", None)
    if code is None:  # there was no server to give one
        return error.connection_invalidated or isinstance(error.orig, OperationalError | InterfaceError)
    return code in OUTAGE_CODES or code.startswith(OUTAGE_CLASSES)


def took_back(error: BaseException | None) -> bool:
    """Whether PostgreSQL itself said no, to a commit or to what went with it: then it has kept nothing of the transaction."""
    code = getattr(error.orig, "pgcode", None) if isinstance(error, DBAPIError) else None
    return code == errorcodes.QUERY_CANCELED or (code is not None and not code.startswith((*OUTAGE_CLASSES, "XX")))


def unavailable(error: BaseException) -> Response:
    """Ask for a minute. Nothing here needs the database, the account or the session."""
    orig = getattr(error, "orig", None)
    # The first line only: what follows may quote a row.
    reason = (str(orig or error).strip().splitlines() or [""])[0]
    log.error(
        "the database does not serve: %s %s %s", type(error).__name__, getattr(orig, "pgcode", None) or "", reason
    )
    words = saved(error)
    if wants_fragment():
        response = toast(make_response("", 503), f"{BUSY} {words} Try again in a minute.", kind="error")
        response.headers["HX-Reswap"] = "none"
    else:
        response = make_response(bare(TITLE, f"{BUSY} {words}", again=again()), 503)
    response.headers["Retry-After"] = str(RETRY_AFTER)
    vary_by(response, "HX-Request")
    return response


def saved(error: BaseException) -> str:
    """What became of the request, as far as we know."""
    is_open = g.get("has_saved") or (g.get("commit_begun") and not took_back(error))
    return UNKNOWN if is_open else NOTHING


def again() -> list[tuple[str, str]] | None:
    """The form as it came, its submission key included, to be sent once more; None when it cannot be repeated."""
    if request.method != "POST" or request.files:
        return None
    fields = list(request.form.items(multi=True))
    kept_back = any(secret in name and name != "csrf_token" for name, _ in fields for secret in SECRET)
    return None if kept_back else fields


def bare(title: str, message: str, again: list[tuple[str, str]] | None = None) -> str:
    """A page without the layout, whose bar asks the database who is there."""
    return current_app.jinja_env.get_template("errors/bare.html").render(
        title=title, message=message, again=again, home=f"{request.script_root}/", static=url_for("static", filename="")
    )
