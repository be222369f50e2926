"""Fields that take what people really type, and the way back into a form that a rule refused."""

import re
from datetime import date, datetime
from typing import Any

from email_validator import EmailNotValidError, validate_email
from flask import Response
from flask_wtf import FlaskForm
from wtforms import StringField
from wtforms.validators import Optional, ValidationError

from app.errors import RuleBroken, TooMany
from app.web.pages import page

# The month comes first where this is used most; a day over 12 in the first place tells that it did not.
DATE_SHAPES = (
    *("%Y-%m-%d", "%m/%d/%Y", "%d/%m/%Y", "%d.%m.%Y", "%d %b %Y", "%d %B %Y", "%b %d %Y", "%B %d %Y"),
    *("%m/%d/%y", "%d/%m/%y"),
)
FIRST_YEAR, LAST_YEAR = 1900, 2200  # a year outside of these is a slip of the finger
TIME_SHAPES = ("%H:%M", "%H:%M:%S", "%I:%M %p", "%I %p", "%H.%M", "%H")
PHONE = re.compile(r"\+?[\d\s().\-/]{7,30}(\s*(x|ext\.?)\s*\d{1,6})?", re.IGNORECASE)


def refuse_in_form(
    form: FlaskForm, refusal: RuleBroken, template: str, *, fragment: str | None = None, **context: Any
) -> Response:
    """Show ``form`` again with the rule's sentence beside its field, and everything that was typed."""
    field = form[refusal.field] if refusal.field and refusal.field in form else None
    if field is not None:
        field.errors = [*field.errors, refusal.message]
    else:
        form.form_errors.append(refusal.message)
    response = page(template, fragment=fragment, status=refusal.status, form=form, **context)
    if isinstance(refusal, TooMany):
        response.headers["Retry-After"] = str(refusal.retry_after)
    return response


def read_date(text: str) -> date:
    """``12/31/2013``, ``31 Dec 2013``, ``Dec 31, 2013``, ``2013-12-31``; month first when both could be meant.

    Raises:
        ValueError: none of these.
    """
    plain = re.sub(r"(?<=\d)(st|nd|rd|th)\b|[,]", "", " ".join(text.split()))
    for shape in DATE_SHAPES:
        try:
            day = datetime.strptime(plain, shape).date()
        except ValueError:
            continue
        if FIRST_YEAR <= day.year <= LAST_YEAR:
            return day
    raise ValueError(text)


class PlainDateField(StringField):
    """A day in any sane format; ``data`` is a date or None, what was typed is kept."""

    data: Any

    def __init__(self, *args: Any, ask: str = "Enter a date such as 12/31/2026 or 31 Dec 2026.", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.ask = ask

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return f"{self.data:%m/%d/%Y}" if self.data else ""

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read the day."""
        self.data = None
        if valuelist and valuelist[0].strip():
            try:
                self.data = read_date(valuelist[0])
            except ValueError:
                raise ValueError(self.ask) from None


class PlainTimeField(StringField):
    """A time of day such as ``9:00``, ``17:30`` or ``5:30 pm``; ``data`` is a ``datetime.time`` or None."""

    data: Any

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return f"{self.data:%H:%M}" if self.data else ""

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read the time."""
        self.data = None
        if not valuelist or not valuelist[0].strip():
            return
        plain = re.sub(r"\s*([ap])\.?m\.?$", r" \1m", valuelist[0].strip().lower())
        for shape in TIME_SHAPES:
            try:
                self.data = datetime.strptime(plain, shape).time()
                return
            except ValueError:
                continue
        raise ValueError("Enter a time such as 9:00 or 5:30 pm.")


def may_be_left_out() -> Optional:
    """Validator of a choice that nobody must make. Blanks are none of the choices; ``Optional`` would let them pass for one."""
    return Optional(strip_whitespace=False)


def phone(form: FlaskForm, field: StringField) -> None:
    """Validator: a telephone number in any sane format."""
    if field.data and not PHONE.fullmatch(field.data.strip()):
        raise ValidationError("Enter a phone number such as 555-0142 or +1 312 555 0142.")


def email(form: FlaskForm, field: StringField) -> None:
    """Validator: an email address; what is reserved for examples and local networks is allowed."""
    if not field.data:
        return
    try:
        validate_email(
            field.data.strip(), check_deliverability=False, test_environment=True, allow_domain_literal=False
        )
    except EmailNotValidError as problem:
        if "special-use or reserved" not in str(problem):
            raise ValidationError("Enter an email address such as name@example.org.") from None
