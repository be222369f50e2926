"""The forms with which families are invited, ask, and are answered."""

import uuid
from collections.abc import Sequence

from flask_wtf import FlaskForm
from wtforms import SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length, Optional

from app.families.forms import RELATIONSHIPS, trimmed
from app.families.forms import tidy as tidy_or_none
from app.identity.models import User
from app.members.joining import Candidate
from app.members.rules.joining import Asked
from app.web import forms as web


class MailForm(FlaskForm):
    """An invitation by mail."""

    email = StringField(
        "Email address",
        [DataRequired("Enter the parent's email address."), Length(max=254), web.email],
        filters=[tidy_or_none],
    )
    child = SelectField("Child", [web.may_be_left_out()])

    def offer(self, children: Sequence[Candidate]) -> None:
        """Whom the invitation may bring."""
        self.child.choices = {"": "None yet: they ask, and an admin decides"} | {str(c.id): c.name for c in children}

    def person_id(self) -> uuid.UUID | None:
        """Of the child, if one is chosen."""
        return uuid.UUID(self.child.data) if self.child.data else None


class ChildrenForm(FlaskForm):
    """Some of the unit's youth."""

    children = SelectMultipleField("Children")

    def offer(self, children: Sequence[Candidate]) -> None:
        """Who can be chosen."""
        self.children.choices = {str(child.id): child.name for child in children}

    def ids(self) -> list[uuid.UUID]:
        """Those that were."""
        return [uuid.UUID(id) for id in dict.fromkeys(self.children.data or ())]


class DeclineForm(FlaskForm):
    """No, and why."""

    reply = TextAreaField(
        "What the mail says", [Length(max=500, message="Use at most 500 characters.")], filters=[trimmed]
    )


class JoinForm(FlaskForm):
    """Who asks. Fields that do not apply are taken out."""

    name = StringField("Your name", [DataRequired("Enter your name."), Length(max=200)], filters=[tidy_or_none])
    email = StringField(
        "Email address",
        [DataRequired("Enter your email address."), Length(max=254), web.email],
        filters=[tidy_or_none],
    )
    relationship_to = SelectField("You are their", choices=RELATIONSHIPS)
    message = TextAreaField(
        "Your children's names", [Optional(), Length(max=500, message="Use at most 500 characters.")], filters=[trimmed]
    )

    def fit(self, *, known: bool, brings_child: bool, mailed: bool) -> None:
        """Ask only for what is not known."""
        if known:
            del self.name
        if known or mailed:
            del self.email
        if brings_child:
            del self.message
        else:
            del self.relationship_to

    def asked(self, user: User | None, email: str | None) -> Asked:
        """What is known, or was typed."""

        def said(name: str) -> str | None:
            return self[name].data or None if name in self else None

        name, address = (user.name, user.email) if user else (said("name") or "", email or said("email") or "")
        return Asked(name, address, said("relationship_to"), said("message"))
