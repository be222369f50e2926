"""Getting in by mail: a link for any browser, and a code for the one that asked."""

import secrets

from flask import Response, current_app, request, session, url_for
from flask_login import current_user

from app.errors import NotFound, RuleBroken
from app.extensions import db
from app.identity.arriving import arrive
from app.identity.forms.emailed import AskForm, CodeForm, EnterForm
from app.identity.forms.passwords import NewPasswordForm
from app.identity.models import EmailedLink, Purpose
from app.identity.permissions import Can
from app.identity.rules import emailed as rules
from app.identity.sessions import known_as
from app.identity.views import bp
from app.web.forms import refuse_in_form
from app.web.pages import go, page, safe_next
from app.web.public import needs
from app.web.toasts import toast

ASKED = "asked"  # what the session keeps of a browser that waits for a mail


@bp.route("/login/link", methods=["GET", "POST"], endpoint="ask_link", defaults={"purpose": Purpose.SIGN_IN})
@bp.route("/login/forgot", methods=["GET", "POST"], endpoint="forgot", defaults={"purpose": Purpose.PASSWORD})
@needs(Can.COME_IN)
def ask(purpose: Purpose) -> Response:
    """Ask for a link; the answer is the same whether there is such an account or not."""
    if not current_app.config["SENDS_MAIL"]:
        raise NotFound
    own = current_user.email if current_user.is_authenticated else None
    form = AskForm(next=request.args.get("next"), login=own)
    if not form.validate_on_submit():
        return page("identity/ask.html", form=form, purpose=purpose, status=422 if form.is_submitted() else 200)
    browser, next = secrets.token_urlsafe(32), safe_next(form.next.data, "")
    address = request.remote_addr or ""
    try:
        rules.ask(purpose, form.login.data or "", browser=browser, address=address, known_as=known_as(), next=next)
    except RuleBroken as refusal:
        db.session.commit()
        return refuse_in_form(form, refusal, "identity/ask.html", purpose=purpose)
    db.session.commit()
    session[ASKED] = {"browser": browser, "next": next}
    return go(url_for(".sent"))


@bp.route("/login/sent", methods=["GET", "POST"])
@needs(Can.COME_IN)
def sent() -> Response:
    """A mail is on its way; its code may be typed here."""
    asked = session.get(ASKED)
    if not asked:
        return go(url_for(".ask_link"))
    form = CodeForm()
    if not form.validate_on_submit():
        return page("identity/sent.html", form=form, status=422 if form.is_submitted() else 200)
    try:
        link = rules.open_code(form.code.data or "", browser=asked["browser"], address=request.remote_addr or "")
    except RuleBroken as refusal:
        db.session.commit()
        return refuse_in_form(form, refusal, "identity/sent.html")
    if link.purpose == Purpose.PASSWORD:
        token = rules.renew(link)
        db.session.commit()
        return go(url_for(".reset", token=token))
    return come_in(link, bool(form.remember.data), asked["next"])


@bp.route("/login/with/<token>", methods=["GET", "POST"])
@needs(Can.COME_IN)
def enter(token: str) -> Response:
    """Opening the page spends nothing, as mail scanners open every link; its button does."""
    link = rules.open_emailed(token, Purpose.SIGN_IN)
    form = EnterForm(next=request.args.get("next"))
    if not form.validate_on_submit():
        return unseen(page("identity/enter.html", form=form, user=link.user))
    return come_in(link, bool(form.remember.data), form.next.data)


@bp.route("/login/reset/<token>", methods=["GET", "POST"])
@needs(Can.COME_IN)
def reset(token: str) -> Response:
    """Choose a new password and come in."""
    link = rules.open_emailed(token, Purpose.PASSWORD)
    form = NewPasswordForm()
    if not form.validate_on_submit():
        status = 422 if form.is_submitted() else 200
        return unseen(page("identity/reset.html", form=form, user=link.user, status=status))
    try:
        user = rules.reset_password(link, form.password.data or "")
    except RuleBroken as refusal:
        return unseen(refuse_in_form(form, refusal, "identity/reset.html", user=link.user))
    db.session.commit()
    return toast(
        arrive(user, remember=False, next=None, by_mail=True), "Your password is changed. Other devices are signed out."
    )


def come_in(link: EmailedLink, remember: bool, next: str | None) -> Response:
    """Use the link and sign in."""
    user = rules.enter(link)
    db.session.commit()
    return arrive(user, remember=remember, next=next, by_mail=True)


def unseen(response: Response) -> Response:
    """The address is the key: no other site, and no log of one, may see it."""
    response.headers["Referrer-Policy"] = "no-referrer"
    return response
