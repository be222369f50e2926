"""Who is asking: the account behind the cookie, and the gate that everybody passes."""

from collections.abc import Callable
from functools import cache
from typing import Any

from flask import Flask, Response, current_app, request, session, url_for
from flask_login import current_user, login_user, logout_user
from itsdangerous import BadSignature, URLSafeSerializer
from sqlalchemy import ColumnElement, bindparam, select

from app.errors import NotAllowed
from app.extensions import db, login_manager
from app.identity.devices import device_of
from app.identity.models import BrowserSession, SecondFactor, User
from app.identity.permissions import Can, Who, may
from app.identity.rules.accounts import account_key, digest
from app.identity.rules.sessions import Limits, Presence, begin_session, end_token, is_over, sweep_sessions, touch
from app.reading import Reading, Whole
from app.web.pages import go, wants_fragment
from app.web.public import needed

KNOWN_COOKIE = "known"
# Columns that later rooms read together with the account, by the name that they get on it: every request needs them, and
# each statement of its own would cost every page a round trip.
COMPANIONS: dict[str, ColumnElement[Any]] = {
    "has_factor": select(SecondFactor.id).where(SecondFactor.user_id == User.id).correlate(User).exists()
}
# Who is trusted with the data of others' children, asked of later rooms by their names.
TRUSTED: dict[str, Callable[[User], bool]] = {}
ONE_YEAR = 365 * 24 * 3600  # seconds
ACCOUNT = Whole(User)


def init_app(app: Flask) -> None:
    """Put the gate before every view."""
    app.before_request(gate)
    app.jinja_env.globals["must_set_up_factor"] = must_set_up_factor
    login_manager.user_loader(load)


def load(token: str) -> User | None:
    """The account that a session belongs to, with what later rooms want to know of it."""
    found = read(token)
    if found and found.__dict__["session"].is_due:
        touch(found.__dict__["session"].id)
        db.session.commit()
        found = read(token)  # a commit lets go of what was read
    return found


def read(token: str) -> User | None:
    """The account, unless its session is over."""
    found = account_statement().rows({"token_hash": digest(token)})
    if not found:
        return None
    row = found[0]
    presence = Presence(*row[: len(Presence._fields)])
    if not is_live(presence):
        return None
    user = ACCOUNT.put(row[-ACCOUNT.size :])
    user.__dict__.update(zip(COMPANIONS, row[len(Presence._fields) :], strict=False))
    user.__dict__.update(session=presence, session_token=token)
    return user


@cache
def account_statement() -> Reading:
    """Built once, when every room has moved in."""
    presence = [getattr(BrowserSession, name) for name in Presence._fields]
    return Reading(
        select(*presence, *COMPANIONS.values(), *ACCOUNT.columns)
        .select_from(User)
        .join(BrowserSession, BrowserSession.user_id == User.id)
        # Whoever is suspended is out with the next request, whatever a cookie says.
        .where(BrowserSession.token_hash == bindparam("token_hash"), User.suspended_at.is_(None))
    )


def is_live(found: Presence | BrowserSession) -> bool:
    """Whether it has lasted neither too long nor too long without being used."""
    return not is_over(found, limits_of(found.remembered))


def limits_of(remembered: bool) -> Limits:
    """How long a session lasts that was asked to be kept, and one that was not."""
    return Limits(*current_app.config["REMEMBERED_LIMITS" if remembered else "SESSION_LIMITS"])


def account() -> User:
    """Whoever is asking. ``current_user`` stands for the same and finds it again at each of its words."""
    found: User = current_user._get_current_object()
    return found


def gate() -> Response | None:
    """Every view asks for a sign-in unless its permission is held by nobody in particular, and a first password must be
    changed before all else.

    What depends on who it is, and on the thing that is asked for, the view's own ``access`` function decides by the same table.
    """
    view = current_app.view_functions.get(request.endpoint or "")
    if view is None or request.endpoint == "static":
        return None
    permission = needed(view, request.method)
    if permission not in set(Can) and not getattr(view, "is_public", False):
        raise NotAllowed  # a view that does not say whom it is for is for nobody
    user = account()
    if not user.is_authenticated:
        return None if getattr(view, "is_public", False) or is_held_by(Who.GUEST, permission) else ask_to_sign_in()
    # The health checks answer to whoever asks; they show nothing of anybody.
    allowed = getattr(view, "is_before_new_password", False) or request.blueprint == "web"
    if user.must_change_password and not allowed:
        return go(url_for("identity.password"))
    if must_set_up_factor(user) and not (allowed or getattr(view, "is_before_second_factor", False)):
        return go(url_for("identity.factors"))
    return None


def check_declarations(app: Flask) -> None:
    """Stop before the first request where somebody develops or tests; in production the gate refuses that one view instead.

    Raises:
        RuntimeError: a view does not say what it needs.
    """
    silent = sorted(
        endpoint
        for endpoint, view in app.view_functions.items()
        if endpoint != "static"
        and not getattr(view, "is_public", False)
        and not {needed(view, "GET"), needed(view, "POST")} <= set(Can)
    )
    if silent:
        raise RuntimeError(f"Say with @needs(Can...) who may open {', '.join(silent)} (app/web/public.py).")


def is_held_by(who: Who, permission: str | None) -> bool:
    """Whether the table of permissions gives it to ``who``; what a view does not name is nobody's."""
    return permission in set(Can) and may({who}, Can(permission))


def must_set_up_factor(user: User) -> bool:
    """Whether this account is trusted with others' data, must therefore have a second factor, and has none."""
    if not current_app.config["REQUIRE_SECOND_FACTOR"] or user.__dict__["has_factor"]:
        return False
    return user.is_site_admin or any(is_trusted(user) for is_trusted in TRUSTED.values())


def ask_to_sign_in() -> Response:
    """To the sign-in page, and from there back to the page that the browser shows."""
    if wants_fragment() or request.method != "GET":
        # A fragment's address makes no page to come back to, and a POST cannot be repeated.
        return go(url_for("identity.login"))
    return go(url_for("identity.login", next=request.full_path.rstrip("?")))


def start_session(user: User, remember: bool) -> None:
    """Sign ``user`` in with a session that has nothing of the one before, so that a planted cookie is worth nothing."""
    stop_session()
    sweep_sessions(limits_of(remembered=True).whole)
    user.__dict__["session_token"] = begin_session(user, device_of(request.user_agent.string), remember)
    db.session.commit()
    login_user(user)
    session.permanent = remember


def stop_session() -> None:
    """Sign this browser out. A copy of its cookie opens nothing from then on; the caller commits."""
    if token := session.get("_user_id"):
        end_token(token)
    logout_user()
    session.clear()


def signer() -> URLSafeSerializer:
    """Signs with the newest key and still reads the older ones."""
    keys = [*current_app.config["SECRET_KEY_FALLBACKS"], current_app.config["SECRET_KEY"]]
    return URLSafeSerializer(keys, salt="known-browser")


def known_cookie() -> str:
    """Its name. Over TLS with the prefix by which browsers take it from this host alone."""
    return f"__Host-{KNOWN_COOKIE}" if current_app.config["SESSION_COOKIE_SECURE"] else KNOWN_COOKIE


def known_as() -> str | None:
    """The account that this browser has signed in to before, as ``account_key`` writes it."""
    # Under the name of an earlier release, too: a browser stays known for a year.
    kept = request.cookies.get(known_cookie()) or request.cookies.get(KNOWN_COOKIE, "")
    try:
        known: str = signer().loads(kept)
    except BadSignature:
        return None
    return known


def remember_browser(response: Response, user: User) -> None:
    """From now on this browser is known to the account."""
    response.set_cookie(
        known_cookie(),
        signer().dumps(account_key("", user.id)),
        max_age=ONE_YEAR,
        httponly=True,
        samesite="Lax",
        secure=current_app.config["SESSION_COOKIE_SECURE"],
        path="/",
    )
