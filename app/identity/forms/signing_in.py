"""The sign-in form."""

from flask_wtf import FlaskForm
from wtforms import BooleanField, HiddenField, PasswordField, StringField
from wtforms.validators import InputRequired, Length


class LoginForm(FlaskForm):
    """Email or username, and password."""

    login = StringField("Email or username", [InputRequired("Enter your email or username."), Length(max=254)])
    password = PasswordField("Password", [InputRequired("Enter your password."), Length(max=1024)])
    remember = BooleanField("Keep me signed in on this device")
    next = HiddenField()
