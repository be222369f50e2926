"""The forms around a unit's people."""

import uuid
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any

from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import HiddenField, RadioField, SelectField, SelectMultipleField, StringField
from wtforms.validators import DataRequired, Length, Optional, ValidationError

from app.families.forms import GENDERS, KINDS
from app.members.importing.cells import CellProblem, clean, member_number
from app.members.rules.roles import Grant
from app.units.models import RoleName
from app.web import forms as web
from app.web.forms import PlainDateField, may_be_left_out

ROLES: dict[str, str] = {"": "No role", RoleName.LEADER: "Leader", RoleName.ADMIN: "Admin"}


def tidy(text: str | None) -> str:
    """Filter: one line without blanks around it."""
    return clean(text or "")


def read_uuid(text: str | None) -> uuid.UUID | None:
    """The id that a form carried, if it is one."""
    try:
        return uuid.UUID(text or "")
    except ValueError:
        return None


def number_like(_form: FlaskForm, field: StringField) -> None:
    """Validator: a member number as the registrar writes it."""
    if not field.data:
        return
    try:
        field.data = member_number(field.data)
    except CellProblem:
        raise ValidationError("Enter the member number as it stands in the roster, for example 1300113.") from None


class AccountForm(FlaskForm):
    """An email, and the children that the account is to be guardian of."""

    email = StringField(
        "Email address", [DataRequired("Enter the email address that they will sign in with."), Length(max=254), web.email],
        filters=[tidy],
    )  # fmt: skip
    children = SelectMultipleField("Guardian of")
    # Whom the account was guardian of when the page was made: only those can be taken away by leaving their box empty.
    had = SelectMultipleField()

    def ids(self, field: SelectMultipleField) -> set[uuid.UUID]:
        """The ids in a field of boxes."""
        return {uuid.UUID(text) for text in field.data or ()}


class NewMemberForm(FlaskForm):
    """Somebody new in the unit."""

    id = HiddenField()
    first_name = StringField("First name", [DataRequired("Enter a first name."), Length(max=80)], filters=[tidy])
    last_name = StringField("Last name", [DataRequired("Enter a last name."), Length(max=80)], filters=[tidy])
    birth_date = PlainDateField("Birth date", [Optional()], ask="Enter a birth date such as 12/31/2013 or 31 Dec 2013.")
    kind = RadioField("Youth or adult", [may_be_left_out()], choices=KINDS)
    gender = RadioField("Gender", [may_be_left_out()], choices=GENDERS)
    patrol_id = SelectField("Patrol", [may_be_left_out()])
    member_number = StringField("Member number", [Optional(), Length(max=20), number_like], filters=[tidy])

    def validate(self, extra_validators: Mapping[str, Sequence[Any]] | None = None) -> bool:
        """Youth or adult is asked only where no birth date tells; Optional() would skip a check of the field's own."""
        fine: bool = super().validate(extra_validators)
        if not self.kind.data and not self.birth_date.data and not self.birth_date.errors:
            self.kind.errors = ["Say whether this is a youth or an adult, or enter the birth date."]
            return False
        return fine


def line(label: str, *validators: Any, most: int) -> StringField:
    """One line that may stay empty."""
    return StringField(
        label, [Length(max=most, message=f"Use at most {most} characters."), *validators], filters=[tidy]
    )


def last_day(label: str) -> PlainDateField:
    """A day that may stay empty."""
    return PlainDateField(label, [Optional()], ask="Enter a day such as 12/31/2026.")


class PlaceForm(FlaskForm):
    """A member's row, edited where it stands. Which of these a form has follows from the columns that are shown (``keep``)."""

    version = HiddenField()
    first_name = StringField("First name", [DataRequired("Enter a first name."), Length(max=80)], filters=[tidy])
    preferred_name = line("Name that people use", most=80)
    last_name = StringField("Last name", [DataRequired("Enter a last name."), Length(max=80)], filters=[tidy])
    patrol_id = SelectField("Patrol")
    position = line("Position", most=200)
    member_number = line("Member number", number_like, most=20)
    registered = SelectField("Registered", choices={"yes": "Yes", "no": "No"})
    rank = line("Rank", most=80)
    since = last_day("Member since")
    form_ab_until = last_day("Health form A/B until")
    form_c_until = last_day("Health form C until")
    birth_date = PlainDateField("Birth date", [Optional()], ask="Enter a birth date such as 12/31/2013.")
    gender = SelectField("Gender", choices={"": "Not known"} | GENDERS)
    email = line("Email", web.email, most=254)
    phone = line("Phone", web.phone, most=40)

    def keep(self, names: Collection[str]) -> None:
        """Leave out what the row does not show, so that nothing unseen is written."""
        for name in [field.name for field in self if field.name not in {*names, "version", "csrf_token"}]:
            del self[name]

    def values(self) -> dict[str, Any]:
        """What was typed, by column; nothing typed is nothing."""
        typed = {field.name: field.data or None for field in self if field.name not in ("version", "csrf_token")}
        if "patrol_id" in typed:
            typed["patrol_id"] = read_uuid(typed["patrol_id"])
        if "registered" in typed:
            typed["registered"] = typed["registered"] == "yes"
        return typed


class DaysForm(FlaskForm):
    """The days of a position, and what they were when the page was made."""

    since = PlainDateField("First day", [Optional()], ask="Enter the first day such as 12/31/2026, or leave it empty.")
    until = PlainDateField("Last day", [Optional()], ask="Enter the last day such as 12/31/2026, or leave it empty.")
    seen_since = PlainDateField(validators=[Optional()])
    seen_until = PlainDateField(validators=[Optional()])

    def days(self) -> tuple[date | None, date | None]:
        """What was typed."""
        return self.since.data, self.until.data

    def seen(self) -> tuple[date | None, date | None]:
        """What the page showed."""
        return self.seen_since.data, self.seen_until.data


class PositionForm(DaysForm):
    """One more position."""

    name = StringField(
        "Position", [DataRequired("Enter the position, such as Scribe."), Length(max=200)], filters=[tidy]
    )


class TransferForm(FlaskForm):
    """Where somebody goes."""

    to = StringField("Name of the unit", [DataRequired("Enter the name of the unit."), Length(max=120)], filters=[tidy])


class RosterFileForm(FlaskForm):
    """A roster file."""

    file = FileField("Roster file", [FileRequired("Choose the file that your registrar or your program exported.")])


class ColumnsForm(FlaskForm):
    """Who is meant where nothing tells youth from adult. The columns themselves differ with each file."""

    kind = RadioField("Where a row does not say, it is about", choices={"": "Leave such rows out"} | KINDS, default="")


class RoleForm(FlaskForm):
    """A role and its last day, and what both were when the page was made."""

    role = SelectField("Role", choices=ROLES)
    last_day = PlainDateField("Last day", [Optional()], ask="Enter the last day such as 12/31/2026, or leave it empty.")
    based_on = SelectField(choices=ROLES)
    based_on_day = PlainDateField(validators=[Optional()])

    def wanted(self) -> Grant:
        """What is asked for; no role has no last day."""
        return self.grant(self.role.data, self.last_day.data)

    def seen(self) -> Grant:
        """What the page showed."""
        return self.grant(self.based_on.data, self.based_on_day.data)

    @staticmethod
    def grant(name: str | None, last_day: date | None) -> Grant:
        """The two fields together."""
        return Grant(RoleName(name), last_day) if name else Grant()
