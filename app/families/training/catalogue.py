"""Which trainings each preset knows: data, with its sources. A unit may write down any other under a code of its own.

Figures: domain.md, "Policies", and the pages named as ``source``; all last checked on the day below.
"""

from dataclasses import dataclass
from datetime import date

LAST_CHECKED = date(2026, 11, 23)


@dataclass(frozen=True, slots=True)
class Course:
    """A training. ``months`` is how long it holds, None for ever; ``also`` are other codes that files use for it."""

    code: str
    name: str
    months: int | None
    who: str  # a sentence
    source: str
    everybody: bool = False  # each adult needs it, and not only one on an outing
    also: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()  # of unit; empty for all


SAFE_SCOUTING = "https://www.scouting.org/health-and-safety/gss/"
SCOUTS_POR = "https://www.scouts.org.uk/por/16-adult-roles/165-continue-learning/"
SCOUTS_CA = "https://www.scouts.ca/"
HOUSE = "The unit's own rules"

PRESETS: dict[str, tuple[Course, ...]] = {
    "scouting_america": (
        Course(
            "Y01",
            "Safeguarding Youth Training",
            12,
            "Every registered adult, each year.",
            "https://www.scouting.org/training/youth-protection/",
            everybody=True,
        ),
        Course(
            "SCO_800",
            "Hazardous Weather Training",
            24,
            "Leaders who are with young people, every two years.",
            "https://www.scouting.org/health-and-safety/alerts/hazardous-weather-training/",
            # What the course was called before 2018.
            also=("WS81",),
        ),
        Course("C32", "BALOO", None, "One adult at a pack's camp.", SAFE_SCOUTING, also=("BALOO",), kinds=("pack",)),
        Course(
            "SSD",
            "Safe Swim Defense",
            24,
            "Whoever supervises swimming, every two years.",
            f"{SAFE_SCOUTING}gss02/",
            also=("SAFE_SWIM", "SAFE SWIM DEFENSE"),
        ),
        Course(
            "SA",
            "Safety Afloat",
            24,
            "Whoever supervises boating, every two years.",
            f"{SAFE_SCOUTING}gss02/",
            also=("SAFETY_AFLOAT", "SAFETY AFLOAT"),
        ),
        Course(
            "FIRST_AID",
            "First aid and CPR",
            24,
            "One adult on an outing, more where help is far away.",
            SAFE_SCOUTING,
            also=("FA", "CPR", "FIRST AID"),
        ),
    ),
    "scouts_uk": (
        Course("SAFEGUARDING", "Safeguarding", 36, "Every volunteer, every three years.", SCOUTS_POR, everybody=True),
        Course("SAFETY", "Safety", 36, "Every volunteer, every three years.", SCOUTS_POR, everybody=True),
        Course(
            "FIRST_RESPONSE",
            "First Response",
            36,
            "Volunteers in roles that ask for first aid, every three years.",
            SCOUTS_POR,
            also=("FIRST_AID", "FIRST AID"),
        ),
        Course(
            "NIGHTS_AWAY",
            "Nights Away permit",
            60,
            "One permit holder who stays the night.",
            "https://www.scouts.org.uk/por/",
        ),
    ),
    "scouts_canada": (
        Course("FUNDAMENTALS", "Scouting Fundamentals", None, "Every Scouter.", SCOUTS_CA, everybody=True),
        Course("WOOD_BADGE_1", "Wood Badge I", None, "Every Scouter, within the first year.", SCOUTS_CA),
        Course(
            "FIRST_AID",
            "First aid",
            36,
            "One Scouter on an outing, every three years.",
            SCOUTS_CA,
            also=("FA", "FIRST AID"),
        ),
    ),
    "neutral": (
        Course("SAFEGUARDING", "Safeguarding", 36, "Every adult, every three years.", HOUSE, everybody=True),
        Course("FIRST_AID", "First aid", 24, "One adult on an outing, every two years.", HOUSE, also=("FA",)),
    ),
}


def courses_of(preset: str, kind: str | None = None) -> tuple[Course, ...]:
    """What the preset knows, the most needed first; for a ``kind`` of unit, without what others need."""
    found = PRESETS.get(preset, PRESETS["neutral"])
    return tuple(course for course in found if kind is None or not course.kinds or kind in course.kinds)


def course_of(preset: str, code: str) -> Course | None:
    """The course that a code of a roster or a form stands for, in any case; None for one that the preset does not know."""
    wanted = code.strip().upper()
    return next((course for course in courses_of(preset) if wanted == course.code or wanted in course.also), None)
