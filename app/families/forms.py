"""The form for a person of one's family."""

import uuid
from typing import Any, Self

from flask_wtf import FlaskForm
from wtforms import BooleanField, HiddenField, RadioField, SelectField, StringField
from wtforms.validators import DataRequired, Length, Optional

from app.families.grades import GRADES
from app.families.models import Gender, PersonKind
from app.families.rules import PersonDetails
from app.identity.forms.passwords import NewPasswordForm
from app.web import forms as web
from app.web.forms import PlainDateField, may_be_left_out

KINDS: dict[str, str] = {PersonKind.YOUTH: "Youth", PersonKind.ADULT: "Adult, 18 or over"}
GENDERS: dict[str, str] = {
    Gender.FEMALE: "Girl or woman",
    Gender.MALE: "Boy or man",
    Gender.OTHER: "In another way",
}
RELATIONSHIPS = {
    word: word.capitalize()
    for word in ("parent", "step-parent", "grandparent", "foster parent", "legal guardian", "other relative", "partner")
}


def tidy(text: str | None) -> str | None:
    """Filter: one line without blanks around it; an empty one is nothing."""
    return " ".join((text or "").replace("\x00", "").split()) or None


def trimmed(text: str | None) -> str | None:
    """Filter: lines stay, blanks around them go."""
    return "\n".join(line.rstrip() for line in (text or "").replace("\x00", "").strip().splitlines()) or None


def text_field(label: str, *validators: object, most: int) -> StringField:
    """One line, optional."""
    return StringField(
        label, [Optional(), Length(max=most, message=f"Use at most {most} characters."), *validators], filters=[tidy]
    )


class PersonForm(FlaskForm):
    """Somebody of one's family. ``id`` and ``version`` travel with it."""

    id = HiddenField()
    version = HiddenField()
    first_name = StringField(
        "First name",
        [DataRequired("Enter a first name."), Length(max=80, message="Use at most 80 characters.")],
        filters=[tidy],
    )
    last_name = StringField(
        "Last name",
        [DataRequired("Enter a last name."), Length(max=80, message="Use at most 80 characters.")],
        filters=[tidy],
    )
    preferred_name = text_field("Name that people use", most=80)
    relationship_to = SelectField("You are their", choices=RELATIONSHIPS)
    birth_date = PlainDateField("Birth date", [Optional()], ask="Enter a birth date such as 12/31/2013 or 31 Dec 2013.")
    kind = RadioField("Youth or adult", [may_be_left_out()], choices=KINDS)
    gender = RadioField("Gender", [may_be_left_out()], choices=GENDERS)
    phone = text_field("Phone", web.phone, most=40)
    email = text_field("Email address", web.email, most=254)
    grade = SelectField(
        "School grade now",
        [may_be_left_out()],
        choices={"": "not known"} | {str(n): word for n, word in GRADES.items()},
    )
    contact_name = text_field("Name", most=120)
    contact_phone = text_field("Phone to call", web.phone, most=40)
    contact_relationship = text_field("Who they are to this person", most=80)
    contact_of_home = BooleanField("Keep this contact to my home")

    def named(self, mark: str) -> Self:
        """The same form with ids of its own: several may stand on one page."""
        for field in self:
            field.id = field.label.field_id = f"{field.id}-{mark}"
        return self

    def person_id(self) -> uuid.UUID | None:
        """The id that the form was made with, if it is one."""
        try:
            return uuid.UUID(self.id.data or "")
        except ValueError:
            return None

    def based_on(self) -> int:
        """The version that the form was made of; 0, which none is, when it is unreadable."""
        # What was sent, never what the form was filled with: a request without a version is based on nothing.
        text = str(self.version.raw_data[0]) if self.version.raw_data else ""
        return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0

    def details(self) -> PersonDetails:
        """What the form says."""
        names = (
            "first_name", "last_name", "preferred_name", "birth_date", "kind", "gender", "phone", "email", "contact_name",
            "contact_phone", "contact_relationship",
        )  # fmt: skip
        values: dict[str, Any] = {name: self[name].data or None if name in self else None for name in names}
        if "grade" in self:
            values["grade"] = int(self.grade.data) if self.grade.data else None
        of_home = "contact_of_home" in self and bool(self.contact_of_home.data)
        return PersonDetails(**values, contact_of_home=of_home)


class InvitedForm(NewPasswordForm):
    """A new account for somebody who was invited."""

    name = StringField("Your name", [DataRequired("Enter your name."), Length(max=200)], filters=[tidy])
    email = StringField(
        "Email address", [DataRequired("Enter your email address."), Length(max=254), web.email], filters=[tidy]
    )

    def account(self) -> tuple[str, str, str]:
        """Name, email and password."""
        return self.name.data or "", self.email.data or "", self.password.data or ""
