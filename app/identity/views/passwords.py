"""Change one's own password."""

from flask import Response, session, url_for
from flask_login import current_user

from app.errors import RuleBroken
from app.extensions import db
from app.identity.forms.passwords import ChangePasswordForm
from app.identity.permissions import Can
from app.identity.rules import passwords as rules
from app.identity.sessions import start_session
from app.identity.views import bp
from app.web.forms import refuse_in_form
from app.web.pages import go, page
from app.web.public import before_new_password, needs
from app.web.toasts import toast


@bp.route("/account/password", methods=["GET", "POST"])
@needs(Can.OWN_ACCOUNT)
@before_new_password
def password() -> Response:
    """Change one's own password."""
    form = ChangePasswordForm()
    if not form.validate_on_submit():
        return page("identity/password.html", form=form, status=422 if form.is_submitted() else 200)
    try:
        attempt = rules.begin_change(current_user)
        db.session.commit()
        rules.change_password(current_user, form.current.data or "", form.password.data or "", attempt)
    except RuleBroken as refusal:
        db.session.commit()
        return refuse_in_form(form, refusal, "identity/password.html")
    db.session.commit()
    start_session(current_user._get_current_object(), session.permanent)
    return toast(go(url_for("outings.home")), "Your password is changed. Other devices are signed out.")
