"""The shape of what leaders send."""

import uuid
from collections.abc import Iterable
from typing import Any

from flask_wtf import FlaskForm
from werkzeug.datastructures import MultiDict
from wtforms import Field, SelectField, StringField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its types
from wtforms.validators import AnyOf, InputRequired, Length, Regexp

from app.errors import NotFound, Stale
from app.roster.found import Found
from app.signups.models import ParticipantState
from app.signups.rules.leader import DETAILS

STATES = [SelectChoice(state.value) for state in ParticipantState]
NO_PATROL = ("", "no patrol")
LOST = "This form has lost its version. Reload the page and edit the row again."


def plain(text: str | None) -> str | None:
    """Without blanks around it; an empty field is None."""
    return (text or "").strip() or None


class RowForm(FlaskForm):
    """A row edited in place. What is not sent stays as it is, so that a button can send the state alone."""

    patrol_id = SelectField("Patrol", validate_choice=False)
    guest_troop = StringField("Troop, of a guest", [Length(max=80, message="Keep the troop under 80 letters.")])
    guest_patrol = StringField("Patrol, of a guest", [Length(max=80, message="Keep the patrol under 80 letters.")])
    note = StringField("Note", [Length(max=500, message="Keep the note under 500 letters.")])
    state = SelectField(
        "State",
        [AnyOf([choice.value for choice in STATES], "Choose a state of the list.")],
        choices=STATES,
        validate_choice=False,
    )
    overbook_reason = StringField("Reason to overbook", [Length(max=300, message="Keep the reason under 300 letters.")])
    version = StringField("Version", [Regexp(r"\d{1,9}$", message=LOST)])

    patrols: dict[str, str]  # by id, as the form writes it
    sent: frozenset[str]

    @classmethod
    def over(
        cls, row: Found, patrols: Iterable[tuple[uuid.UUID, str]], sent: "MultiDict[str, str] | None" = None
    ) -> "RowForm":
        """The form over a row as it stands, with what was ``sent``."""
        values = row._asdict() | {
            "patrol_id": str(row.patrol_id or ""),
            "version": str(row.version),
            "overbook_reason": "",
        }
        form = cls(formdata=sent, data=values)
        form.patrols = dict([NO_PATROL, *((str(id), name) for id, name in patrols)])
        form.patrol_id.choices = [SelectChoice(value, label) for value, label in form.patrols.items()]
        form.sent = frozenset(sent or ())
        return form

    def details(self) -> dict[str, Any]:
        """What ``rules.leader.edit_row`` takes: of the fields that were sent, without blanks around them.

        Raises:
            NotFound: the patrol is no id at all, which no page ever sends.
        """
        values = {name: plain(self[name].data) for name in DETAILS if name in self.sent}
        if values.get("patrol_id"):
            try:
                values["patrol_id"] = uuid.UUID(values["patrol_id"])  # type: ignore[assignment]
            except ValueError:
                raise NotFound("There is no such patrol.") from None
        return values

    def compare(self, refusal: Stale) -> None:
        """Put both values beside each field that differs."""
        for name, theirs in refusal.theirs.items():
            field = self[name]
            field.errors = [f"Now: {self.in_words(name, theirs)}. Yours: {self.in_words(name, refusal.yours[name])}."]

    def in_words(self, name: str, value: Any) -> str:
        """A value as the row shows it."""
        if name == "patrol_id":
            return self.patrols.get(str(value or ""), "another patrol")
        return str(value) if value else "empty"


class ReasonForm(FlaskForm):
    """Anything that is only done for a reason; the reason may be left out where the rule says so."""

    overbook_reason = StringField("Why", [Length(max=300, message="Keep the reason under 300 letters.")])


class PlaceForm(FlaskForm):
    """Another place in line, and why."""

    place = StringField(
        "Place",
        [
            InputRequired("Enter a place in line."),
            Regexp(r"\s*\d{1,4}\s*$", message="Enter a place in line such as 1."),
        ],
    )
    reason = StringField(
        "Because",
        [
            InputRequired("Say why; the reason is logged."),
            Length(max=300, message="Keep the reason under 300 letters."),
        ],
    )


def problems(form: FlaskForm, prefix: str) -> list[tuple[str, str]]:
    """What stands against a form, each with the address of its control, whose id begins with ``prefix``."""
    fields: Iterable[Field] = form
    return [(error, f"#{prefix}-{field.name}") for field in fields for error in field.errors]


def first_error(form: FlaskForm) -> str:
    """The first sentence that stands against a small form."""
    fields: Iterable[Field] = form
    return next((error for field in fields for error in field.errors), "Check what you entered.")
