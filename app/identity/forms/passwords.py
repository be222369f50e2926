"""Forms that set a password."""

from flask_wtf import FlaskForm
from wtforms import PasswordField
from wtforms.validators import EqualTo, InputRequired, Length

from app.identity.choosing import LONGEST


class CurrentPasswordForm(FlaskForm):
    """The one that somebody has, to show that it is them. It stands first: fields come as they were written down here."""

    current = PasswordField("Current password", [InputRequired("Enter your current password."), Length(max=1024)])


class NewPasswordForm(FlaskForm):
    """A new password, typed twice."""

    password = PasswordField("New password", [InputRequired("Enter a new password."), Length(max=LONGEST)])
    again = PasswordField(
        "New password again",
        [InputRequired("Type the new password a second time."), EqualTo("password", "The two are not the same.")],
    )


class ChangePasswordForm(CurrentPasswordForm, NewPasswordForm):
    """The one in the place of the other."""
