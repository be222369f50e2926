"""Forms around links that are sent by mail."""

from flask_wtf import FlaskForm
from wtforms import BooleanField, HiddenField, PasswordField, StringField
from wtforms.validators import InputRequired, Length

from app.web.forms import email

KEEP = "Keep me signed in on this device"


class AskForm(FlaskForm):
    """Whose mailbox to write to."""

    login = StringField("Email or username", [InputRequired("Enter your email or username."), Length(max=254)])
    next = HiddenField()


class CodeForm(FlaskForm):
    """The code from the mail, for the browser that asked."""

    code = StringField("Code from the mail", [InputRequired("Enter the code from the mail."), Length(max=40)])
    remember = BooleanField(KEEP)


class EnterForm(FlaskForm):
    """The button that a mail scanner does not press."""

    remember = BooleanField(KEEP)
    next = HiddenField()


class EmailForm(FlaskForm):
    """A new address, and the password where there is one."""

    email = StringField("New email address", [InputRequired("Enter the new address."), Length(max=254), email])
    current = PasswordField("Current password", [Length(max=1024)])
