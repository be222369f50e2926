"""Who is asking: the account behind the cookie, and the gate that everybody passes."""

from functools import cache
from typing import Any

from flask import Flask, Response, current_app, request, session, url_for
from flask_login import current_user, login_user
from itsdangerous import BadSignature, URLSafeSerializer
from sqlalchemy import ColumnElement, Select, bindparam, select

from app.extensions import db, login_manager
from app.identity.models import User
from app.identity.rules.accounts import account_key
from app.web.pages import go, wants_fragment

KNOWN_COOKIE = "known"
# Columns that later rooms read together with the account, by the name that they get on it: every request needs them, and
# each statement of its own would cost every page a round trip.
COMPANIONS: dict[str, ColumnElement[Any]] = {}
ONE_YEAR = 365 * 24 * 3600  # seconds


def init_app(app: Flask) -> None:
    """Put the gate before every view."""
    app.before_request(gate)

    login_manager.user_loader(load)


def load(session_key: str) -> User | None:
    """The account that a session belongs to, with what later rooms want to know of it."""
    row = db.session.execute(account_statement(), {"session_key": session_key}).first()
    if row is None:
        return None
    user: User = row[0]
    user.__dict__.update(zip(COMPANIONS, row[1:], strict=True))
    return user


@cache
def account_statement() -> Select[Any]:
    """Built once, when every room has moved in."""
    return select(User, *COMPANIONS.values()).where(User.session_key == bindparam("session_key"))


def gate() -> Response | None:
    """Every view asks for a sign-in unless it is marked public; a first password must be changed before all else."""
    view = current_app.view_functions.get(request.endpoint or "")
    if view is None or request.endpoint == "static":
        return None
    if not current_user.is_authenticated:
        return None if getattr(view, "is_public", False) else ask_to_sign_in()
    # The health checks answer to whoever asks; they show nothing of anybody.
    allowed = getattr(view, "is_before_new_password", False) or request.blueprint == "web"
    if current_user.must_change_password and not allowed:
        return go(url_for("identity.password"))
    return None


def ask_to_sign_in() -> Response:
    """To the sign-in page, and from there back to the page that the browser shows."""
    if wants_fragment() or request.method != "GET":
        # A fragment's address makes no page to come back to, and a POST cannot be repeated.
        return go(url_for("identity.login"))
    return go(url_for("identity.login", next=request.full_path.rstrip("?")))


def start_session(user: User, remember: bool) -> None:
    """Sign ``user`` in with a session that has nothing of the one before, so that a planted cookie is worth nothing."""
    session.clear()
    login_user(user)
    session.permanent = remember


def signer() -> URLSafeSerializer:
    """Signs with the newest key and still reads the older ones."""
    keys = [*current_app.config["SECRET_KEY_FALLBACKS"], current_app.config["SECRET_KEY"]]
    return URLSafeSerializer(keys, salt="known-browser")


def known_as() -> str | None:
    """The account that this browser has signed in to before, as ``account_key`` writes it."""
    try:
        known: str = signer().loads(request.cookies.get(KNOWN_COOKIE, ""))
    except BadSignature:
        return None
    return known


def remember_browser(response: Response, user: User) -> None:
    """From now on this browser is known to the account."""
    response.set_cookie(
        KNOWN_COOKIE,
        signer().dumps(account_key("", user)),
        max_age=ONE_YEAR,
        httponly=True,
        samesite="Lax",
        secure=current_app.config["SESSION_COOKIE_SECURE"],
        path=url_for("identity.login"),
    )
