"""The second step of signing in, and showing again who one is."""

from flask import Response, request, session, url_for
from flask_login import current_user

from app.errors import RuleBroken
from app.extensions import db
from app.identity.arriving import WAITING, come_in, who_waits
from app.identity.forms.factors import CodeForm, ConfirmByCodeForm, ConfirmForm
from app.identity.passkeys import offer
from app.identity.permissions import Can
from app.identity.rules import factors as rules
from app.identity.rules.passwords import begin_change, check_current
from app.identity.rules.sessions import confirm as confirm_session
from app.identity.views import bp
from app.web.forms import refuse_in_form
from app.web.pages import go, page, safe_next
from app.web.public import before_second_factor, needs


@bp.route("/login/second", methods=["GET", "POST"])
@needs(Can.COME_IN)
def second_factor() -> Response:
    """A code of the app, or a recovery code."""
    waiting = who_waits()
    if waiting is None or current_user.is_authenticated:
        return go(url_for("identity.login"))
    form = CodeForm()
    if not form.validate_on_submit():
        status = 422 if form.is_submitted() else 200
        return page("identity/second.html", form=form, offer=offer(waiting.user), status=status)
    try:
        attempt = rules.begin_second(waiting.user.id)
        db.session.commit()
        rules.check_code(waiting.user, form.code.data or "", attempt)
    except RuleBroken as refusal:
        db.session.commit()
        return refuse_in_form(form, refusal, "identity/second.html", offer=offer(waiting.user))
    db.session.commit()
    session.pop(WAITING)
    return come_in(waiting.user, remember=waiting.remember, next=waiting.next)


@bp.route("/account/confirm", methods=["GET", "POST"])
@needs(Can.OWN_ACCOUNT)
@before_second_factor
def confirm() -> Response:
    """The password once more, or a code for an account that has none."""
    user = current_user._get_current_object()
    form = (
        ConfirmForm(next=request.args.get("next"))
        if user.password_hash
        else ConfirmByCodeForm(next=request.args.get("next"))
    )
    if not form.validate_on_submit():
        return page("identity/confirm.html", form=form, status=422 if form.is_submitted() else 200)
    session_id = user.session.id
    try:
        attempt = begin_change(user) if user.password_hash else rules.begin_second(user.id)
        db.session.commit()
        if user.password_hash:
            check_current(user, form.password.data or "", attempt, field="password")
        else:
            rules.check_code(user, form.code.data or "", attempt)
    except RuleBroken as refusal:
        db.session.commit()
        return refuse_in_form(form, refusal, "identity/confirm.html")
    confirm_session(session_id)
    db.session.commit()
    return go(safe_next(form.next.data, url_for("identity.factors")))
