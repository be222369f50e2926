"""The forms around units."""

from typing import Any

from flask_wtf import FlaskForm
from wtforms import BooleanField, HiddenField, RadioField, SelectField, StringField
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

PRESETS = {
    "scouting_america": "Scouting America",
    "scouts_uk": "The Scouts (UK)",
    "scouts_canada": "Scouts Canada",
    "neutral": "None of these",
}


class UnitForm(FlaskForm):
    """A new unit."""

    name = StringField("Name", [DataRequired("Enter the unit's name, for example Troop 77."), Length(max=120)])
    kind = RadioField(
        "Kind", [InputRequired("Choose what kind of unit it is.")], choices=KINDS, default=UnitKind.TROOP.value
    )
    time_zone = SelectField("Time zone", choices={zone: zone.replace("_", " ") for zone in ZONES})
    policy_preset = RadioField(
        "Whose rules hold",
        [InputRequired("Choose whose rules hold.")],
        choices=PRESETS,
        default="scouting_america",
    )


class SettingsForm(FlaskForm):
    """What a unit is, and who sees its list. ``version`` travels with it."""

    version = HiddenField()
    name = StringField("Name", [DataRequired("Enter the unit's name, for example Troop 77."), Length(max=120)])
    kind = RadioField("Kind", [InputRequired("Choose what kind of unit it is.")], choices=KINDS)
    time_zone = StringField("Time zone", [DataRequired("Enter a time zone such as America/Chicago."), Length(max=60)])
    policy_preset = RadioField("Whose rules hold", [InputRequired("Choose whose rules hold.")], choices=PRESETS)
    lists_outings = BooleanField("Strangers may read when and where our outings are")
    takes_requests = BooleanField("Families may ask to join without an invitation")

    def based_on(self) -> int:
        """The version that the form was made of; 0, which none is, when it is unreadable."""
        text = self.version.data or ""
        return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0

    def values(self) -> dict[str, Any]:
        """What was typed, by column."""
        names = ("name", "kind", "time_zone", "policy_preset", "lists_outings", "takes_requests")
        return {name: self[name].data for name in names}


class PatrolForm(FlaskForm):
    """A new patrol."""

    name = StringField("Name", [DataRequired("Enter a name."), Length(max=80)])
