"""Forms around the second factor."""

from flask_wtf import FlaskForm
from wtforms import HiddenField, PasswordField, StringField
from wtforms.validators import InputRequired, Length


class CodeForm(FlaskForm):
    """A code of the app, or a recovery code."""

    code = StringField("Code", [InputRequired("Enter the code."), Length(max=40)])


class NewAppForm(CodeForm):
    """The first code of a new app, the sealed secret that it goes with, and what to call it."""

    name = StringField(
        "What do you call it?", [InputRequired("Enter a name, such as My phone."), Length(max=100)], default="My phone"
    )
    sealed = HiddenField(validators=[Length(max=1000)])


class NewPasskeyForm(FlaskForm):
    """What to call a new passkey, and what the browser made of the question that is sealed in the page."""

    name = StringField(
        "What do you call it?",
        [InputRequired("Enter a name, such as My laptop."), Length(max=100)],
        default="My laptop",
    )
    sealed = HiddenField(validators=[Length(max=1000)])
    credential = HiddenField(validators=[Length(max=20_000)])


class ConfirmForm(FlaskForm):
    """Once more: the password, or a code for whoever has none."""

    password = PasswordField("Password", [InputRequired("Enter your password."), Length(max=1024)])
    next = HiddenField()


class ConfirmByCodeForm(CodeForm):
    """The same for an account without a password."""

    next = HiddenField()
