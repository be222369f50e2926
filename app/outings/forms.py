"""The form that plans and edits an outing."""

import re
import uuid
from collections.abc import Callable
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from flask_wtf import FlaskForm
from wtforms import BooleanField, Field, HiddenField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import Optional, StopValidation
from wtforms.widgets import TextInput

from app.errors import RuleBroken
from app.outings.local_time import instant
from app.outings.models import Outing, OutingState, WaitingRule
from app.outings.plan import Plan
from app.web.forms import PlainDateField, PlainTimeField

TIMES = ("starts_at", "ends_at", "opens_at", "closes_at", "cancel_by")
END_OF_DAY = time(23, 59)
COPIED = (
    "title", "place", "summary", "youth_seats", "adult_seats", "total_seats", "counts_cars", "youth_cost", "adult_cost",
    "waiting_rule", "state", "overbook_reason",
)  # fmt: skip
STATES: dict[str, str] = {
    OutingState.DRAFT: "Draft: only leaders see it",
    OutingState.PUBLISHED: "Published: families see it and sign up",
    OutingState.CANCELLED: "Cancelled: it does not take place; everybody stays on the list",
}
WAITING_RULES: dict[str, str] = {
    WaitingRule.WHOEVER_FITS: "The next party that fits moves up; the first keeps its place in line",
    WaitingRule.IN_ORDER: "The place is held for the first in line",
}
MONEY = re.compile(r"\$?\s*(\d{1,6}(?:\.\d{1,2})?|\.\d{1,2})")


def required(message: str) -> Callable[[FlaskForm, Field], None]:
    """Validator: something readable was entered; what could not be read keeps its own sentence."""

    def validator(_form: FlaskForm, field: Field) -> None:
        if not field.process_errors and (field.data is None or field.data == ""):
            raise StopValidation(message)

    validator.field_flags = {"required": True}  # type: ignore[attr-defined]
    return validator


def trimmed(text: str | None) -> str:
    """Filter: without the blanks around it."""
    return (text or "").strip()


class WholeNumberField(Field):
    """A whole number from 0 up, or nothing; what was typed is kept."""

    widget = TextInput()

    def _value(self) -> str:
        return str(self.raw_data[0]) if self.raw_data else "" if self.data is None else str(self.data)

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read the number."""
        text = valuelist[0].strip() if valuelist else ""
        self.data = None
        if text:
            if not (text.isascii() and text.isdigit() and len(text) < 10):
                raise ValueError("Enter a whole number such as 24, or leave it empty for no limit.")
            self.data = int(text)


class MoneyField(Field):
    """Dollars and cents; nothing is free."""

    widget = TextInput()

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if not self.data else f"{self.data:.2f}".removesuffix(".00")

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read the amount."""
        text = valuelist[0].strip().lower() if valuelist else ""
        self.data = Decimal(0)
        if text and text != "free":
            plain = text.replace(",", "") if re.fullmatch(r"\$?\d{1,3}(,\d{3})+(\.\d+)?", text) else text
            amount = MONEY.fullmatch(plain)
            if not amount:
                raise ValueError("Enter an amount such as 25 or 7.50.")
            self.data = Decimal(amount[1])


class PlanForm(FlaskForm):
    """Days and times are typed in the time zone of the unit that hosts."""

    title = StringField("Name of the outing", [required("Enter a name for the outing.")], [trimmed])
    unit_id = SelectField("Unit that plans it", validate_choice=False)
    open_to = TextAreaField("Also open to these units", [Optional()])
    starts_at = PlainDateField("Starts on", [required("Enter the day it starts.")])
    starts_at_time = PlainTimeField("Starts at", [required("Enter the time it starts.")])
    ends_at = PlainDateField("Ends on", [required("Enter the day it ends.")])
    ends_at_time = PlainTimeField("Ends at", [required("Enter the time it ends.")])
    place = StringField("Place", [Optional()], [trimmed])
    summary = TextAreaField("What families should know", [Optional()], [trimmed])
    youth_seats = WholeNumberField("Youth places")
    adult_seats = WholeNumberField("Adult places")
    total_seats = WholeNumberField("Places in all")
    counts_cars = BooleanField("Everybody needs a seat in a car")
    youth_cost = MoneyField("Cost for youth")
    adult_cost = MoneyField("Cost for adults")
    opens_at = PlainDateField("Sign-up opens on")
    opens_at_time = PlainTimeField("Opens at")
    closes_at = PlainDateField("Sign-up closes on")
    closes_at_time = PlainTimeField("Closes at")
    cancel_by = PlainDateField("Last day to cancel")
    cancel_by_time = PlainTimeField("Cancel until")
    waiting_rule = RadioField(
        "When a place becomes free and the first in line does not fit",
        choices=WAITING_RULES,
        default=WaitingRule.WHOEVER_FITS,
        validate_choice=False,
    )
    state = RadioField(
        "Who sees it",
        choices=STATES,
        default=OutingState.DRAFT,
        validate_choice=False,
    )
    overbook_reason = StringField("Why more people come than there are places", [Optional()], [trimmed])
    key = HiddenField()
    version = HiddenField()

    def host(self) -> uuid.UUID | None:
        """The unit that was chosen, if it can be one."""
        return read_uuid(self.unit_id.data)

    def based_on(self) -> int:
        """The version that the form was filled from; 0, which is none, when it does not say."""
        text = self.version.data or ""
        return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0

    def plan(self, unit_id: uuid.UUID, zone: ZoneInfo, outing: Outing | None = None) -> Plan:
        """What was typed, as the rules take it. ``outing`` is the one that is edited.

        Raises:
            RuleBroken: a time that the clocks skip, or one without its day.
        """
        moments: dict[str, Any] = {
            name: self.moment(name, zone, getattr(outing, name) if outing else None) for name in TIMES
        }
        copied: dict[str, Any] = {name: self[name].data for name in COPIED}
        return Plan(unit_id=unit_id, open_to=tuple((self.open_to.data or "").splitlines()), **copied, **moments)

    def moment(self, name: str, zone: ZoneInfo, keep: datetime | None) -> datetime | None:
        """Day and time of one pair of fields together; None when the day is empty."""
        day, clock = self[name].data, self[f"{name}_time"].data
        if day is None:
            if clock is not None:
                raise RuleBroken("Enter the day as well as the time.", name)
            return None
        try:
            return instant(
                day, clock or self.untimed(name, day), zone, latest=name not in ("starts_at", "opens_at"), keep=keep
            )
        except ValueError as problem:
            raise RuleBroken(str(problem), name) from None

    def untimed(self, name: str, day: date) -> time:
        """A deadline without a time is the end of its day, or of the outing on its last; an opening the beginning."""
        if name not in ("closes_at", "cancel_by"):
            return time()
        end = self.ends_at_time.data if day == self.ends_at.data else None
        return end or END_OF_DAY


def read_uuid(text: str | None) -> uuid.UUID | None:
    """An id from a form, or None when it is none."""
    try:
        return uuid.UUID(text or "")
    except ValueError:
        return None


def filled_from(outing: Outing, guest_units: list[str]) -> dict[str, Any]:
    """The form's values for an outing as it is."""
    values: dict[str, Any] = {name: getattr(outing, name) for name in COPIED}
    values |= {"unit_id": str(outing.unit_id), "version": str(outing.version), "open_to": "\n".join(guest_units)}
    for name in TIMES:
        moment = getattr(outing, name)
        if moment:
            local = moment.astimezone(outing.zone)
            values |= {name: local.date(), f"{name}_time": local.time()}
    return values
