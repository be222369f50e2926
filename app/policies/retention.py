"""How long what is kept of somebody who has left, by preset: one class for each kind of record, in days.

Hardly any public rule of the associations names days for a unit's own lists, so most are this product's, each with its reason; a unit
whose charter or country asks for more changes them here. Domain.md, "Each preset names its retention classes".
"""

from dataclasses import dataclass, replace
from datetime import date


@dataclass(frozen=True)
class Kept:
    """``days`` after the end of the outing, or of the membership; 0 goes with the person."""

    days: int
    what: str
    why: str


@dataclass(frozen=True)
class Retention:
    """The classes of one preset, where they come from, and when somebody last looked."""

    medical: Kept
    consent: Kept
    attendance: Kept
    incident: Kept
    money: Kept
    source: str
    checked: date

    @property
    def record_days(self) -> int:
        """How long a place on an outing stays, which is the record of permission and attendance."""
        return max(self.consent.days, self.attendance.days)


CLASSES = ("medical", "consent", "attendance", "incident", "money")
CHECKED = date(2026, 11, 25)
NEUTRAL = Retention(
    medical=Kept(
        0, "Diet, allergies and who may be called", "Needed to take somebody along, and for nothing after it."
    ),
    consent=Kept(
        3 * 365 + 1,
        "That permission was given, when, and for what",
        "Claims after an accident are mostly brought within three years.",
    ),
    attendance=Kept(
        3 * 365 + 1,
        "That somebody was on an outing, as youth or adult",
        "Two-deep leadership and ratios can be shown, and places were paid.",
    ),
    incident=Kept(
        21 * 365 + 5,
        "What happened to somebody",
        "A child can claim until some years after coming of age. Kept on paper so far.",
    ),
    money=Kept(7 * 365 + 2, "What was paid", "What tax offices mostly ask for. Kept outside of this site so far."),
    source="This product's own choice.",
    checked=CHECKED,
)
BY_PRESET = {
    "scouting_america": replace(
        NEUTRAL,
        source="Its FAQ on the Annual Health and Medical Record wants nothing medical stored by units; it names no days for their "
        "other lists, which are this product's own choice.",
    ),
    "scouts_uk": replace(
        NEUTRAL,
        attendance=replace(NEUTRAL.attendance, days=548),
        money=replace(NEUTRAL.money, days=6 * 365 + 2),
        source="Groups are controllers of their own data (scouts.org.uk, Data Retention Policy); attendance as in the policies that "
        "groups publish after it, 18 months; permission as the Limitation Act 1980, section 11; money as HMRC asks for Gift Aid.",
    ),
    "scouts_canada": replace(
        NEUTRAL,
        source="Its privacy policy follows PIPEDA, which limits keeping and names no days: this product's own choice; money as the CRA "
        "asks, six years after the end of the year.",
    ),
    "neutral": NEUTRAL,
}
LONGEST_RECORD = max(preset.record_days for preset in BY_PRESET.values())
