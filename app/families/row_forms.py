"""The forms for what stands row by row on a person's page, edited where it stands."""

import uuid
from typing import Any, ClassVar

from flask_wtf import FlaskForm
from wtforms import BooleanField, HiddenField, RadioField, SelectField, StringField
from wtforms.validators import DataRequired, Length

from app.families.forms import text_field, tidy
from app.families.home_rows import COLLECTORS, CONTACTS, Kind, Row, row_version
from app.families.photos import LEVELS
from app.families.training.rules import Proof
from app.web import forms as web
from app.web.forms import PlainDateField

MAY = {"1": "May collect", "": "May not collect"}


class RowForm(FlaskForm):
    """A row of one home or of both. ``id`` and ``version`` travel with it."""

    kind: ClassVar[Kind]

    id = HiddenField()
    version = HiddenField()
    name = StringField(
        "Name", [DataRequired("Enter a name."), Length(max=120, message="Use at most 120 characters.")], filters=[tidy]
    )
    of_home = BooleanField("My home only")

    @classmethod
    def over(cls, row: Row) -> "RowForm":
        """The form over a row that is there."""
        values = {name: getattr(row, name) for name in cls.kind.fields}
        return cls(
            formdata=None, **cls.shown(values), of_home=row.home_of_id is not None, id=row.id,
            version=row_version(row, cls.kind),
        )  # fmt: skip

    @classmethod
    def shown(cls, values: dict[str, Any]) -> dict[str, Any]:
        """Values as the fields take them."""
        return values

    def row_id(self) -> uuid.UUID | None:
        """The id that the form was made with, if it is one."""
        try:
            return uuid.UUID(self.id.data or "")
        except ValueError:
            return None

    def values(self) -> dict[str, Any]:
        """What was typed."""
        return {name: self[name].data or None for name in self.kind.fields}


class ContactForm(RowForm):
    """Whom to call."""

    kind = CONTACTS
    phone = StringField(
        "Phone to call", [DataRequired("Enter a phone number to call."), Length(max=40), web.phone], filters=[tidy]
    )
    relationship_to = text_field("Who they are", most=80)


class CollectorForm(RowForm):
    """Who may collect a child, and who may not."""

    kind = COLLECTORS
    may_collect = SelectField("May they collect", choices=MAY, default="1")
    phone = text_field("Phone", web.phone, most=40)
    note = text_field("Note", most=300)

    @classmethod
    def shown(cls, values: dict[str, Any]) -> dict[str, Any]:
        """A choice is text."""
        return values | {"may_collect": "1" if values["may_collect"] else ""}

    def values(self) -> dict[str, Any]:
        """What was typed; the choice is yes or no."""
        return super().values() | {"may_collect": self.may_collect.data == "1"}


ROW_FORMS: dict[str, type[RowForm]] = {"contacts": ContactForm, "collecting": CollectorForm}


class PhotoForm(FlaskForm):
    """Where photos may be seen. ``seen`` is what the page showed."""

    seen = HiddenField()
    level = RadioField("Where photos may be seen", [DataRequired("Choose where photos may be seen.")], choices=LEVELS)


class ClaimForm(FlaskForm):
    """A training that an adult says to have completed."""

    code = SelectField("Training")
    completed_on = PlainDateField("Completed on", ask="Enter the day such as 12/31/2026 or 31 Dec 2026.")
    expires_on = PlainDateField("Or it runs out on", ask="Enter the day such as 12/31/2026 or 31 Dec 2026.")

    def proof(self) -> Proof:
        """What was typed."""
        return Proof(self.code.data or "", self.completed_on.data, self.expires_on.data)
