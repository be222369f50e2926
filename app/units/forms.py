"""The forms around units."""

from flask_wtf import FlaskForm
from wtforms import RadioField, SelectField, StringField
from wtforms.validators import DataRequired, InputRequired, Length

from app.units.models import UnitKind

KINDS: dict[str, str] = {kind.value: kind.value.capitalize() for kind in UnitKind}
# Where units of the associations with a preset are; ``flask import-roster`` takes any other zone.
ZONES = (
    "America/New_York", "America/Chicago", "America/Denver", "America/Phoenix", "America/Los_Angeles", "America/Anchorage",
    "Pacific/Honolulu", "America/Puerto_Rico", "Pacific/Guam", "America/St_Johns", "America/Halifax", "America/Toronto",
    "America/Winnipeg", "America/Regina", "America/Edmonton", "America/Vancouver", "Europe/London", "Europe/Dublin",
    "Europe/Berlin", "Europe/Prague", "Asia/Tokyo", "Australia/Sydney", "Pacific/Auckland", "UTC",
)  # fmt: skip


class UnitForm(FlaskForm):
    """A new unit."""

    name = StringField("Name", [DataRequired("Enter the unit's name, for example Troop 77."), Length(max=120)])
    kind = RadioField(
        "Kind", [InputRequired("Choose what kind of unit it is.")], choices=KINDS, default=UnitKind.TROOP.value
    )
    time_zone = SelectField("Time zone", choices={zone: zone.replace("_", " ") for zone in ZONES})


class PatrolForm(FlaskForm):
    """A new patrol."""

    name = StringField("Name", [DataRequired("Enter a name."), Length(max=80)])
