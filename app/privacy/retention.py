"""How long what is kept of somebody who has left. One class for each kind of record, in days.

No public rule of the Scouting organisations names days for a troop's own lists, so these are this product's, each with its reason; a
unit whose charter or country asks for more changes them here. Domain.md, "Each preset names its retention classes".
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Retention:
    """``days`` after the end of the outing; 0 goes with the person."""

    days: int
    what: str
    why: str


MEDICAL = Retention(
    0, "Diet, allergies and who may be called", "Needed to take somebody along, and for nothing after it."
)
CONSENT = Retention(
    3 * 365 + 1,
    "That permission was given, when, and for what",
    "Claims after an accident are mostly brought within three years.",
)
ATTENDANCE = Retention(
    3 * 365 + 1,
    "That somebody was on an outing, as youth or adult",
    "Two-deep leadership and ratios can be shown, and places were paid.",
)
INCIDENT = Retention(
    21 * 365 + 5,
    "What happened to somebody",
    "A child can claim until some years after coming of age. Kept on paper so far.",
)
MONEY = Retention(7 * 365 + 2, "What was paid", "What tax offices mostly ask for. Kept outside of this site so far.")

CLASSES = {"medical": MEDICAL, "consent": CONSENT, "attendance": ATTENDANCE, "incident": INCIDENT, "money": MONEY}
RECORD_DAYS = max(CONSENT.days, ATTENDANCE.days)  # a place on an outing is the record of both
GRACE_DAYS = 7  # between asking to leave and leaving; there is a way back until then
