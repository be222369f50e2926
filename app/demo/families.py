"""What the demo's families say beside names and notes: who collects a child, photos, grades, and trainings that are claimed."""

from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from app.clock import today
from app.demo.dice import Dice
from app.demo.troop import ZONE, Family, Troop
from app.families.models import Collector, Person, PhotoConsent, Training, TrainingClaim
from app.families.training.catalogue import course_of
from app.families.training.standing import last_day_of

LEVELS = (PhotoConsent.UNIT, PhotoConsent.PUBLIC, PhotoConsent.UNNAMED, PhotoConsent.NONE, None)


def family_details(troop: Troop, dice: Dice) -> list[Any]:
    """Rows for the database; what belongs to a person is set on the person."""
    rows: list[Any] = []
    for number, family in enumerate(troop.families):
        for place, child in enumerate(family.children):
            if child.photo_consent is None:
                choose_photos(child, family, LEVELS[(number + place) % len(LEVELS)], dice)
            if child.id in troop.memberships and troop.memberships[child.id].unit_id == troop.pack.id:
                say_grade(child, dice)
            if (number + place) % 4 == 1:
                rows += collectors(child, family, dice)
    return [*rows, *claims(troop, dice)]


def choose_photos(child: Person, family: Family, level: PhotoConsent | None, dice: Dice) -> None:
    """Where photos may be seen; some have not said yet."""
    if level is not None:
        day = today(ZONE) - timedelta(days=dice.randint(20, 300))
        child.photo_consent, child.photo_consent_by_id = level, family.user.id
        child.photo_consent_at = datetime.combine(day, time(19, 30), ZoneInfo(ZONE))


def say_grade(child: Person, dice: Dice) -> None:
    """As it was when the school year began."""
    if child.birth_date:
        years = today(ZONE).year - child.birth_date.year
        child.grade, child.grade_said_on = max(0, min(5, years - 6)), today(ZONE)


def collectors(child: Person, family: Family, dice: Dice) -> list[Collector]:
    """A neighbour who may, and somebody who may not, which one home keeps to itself."""
    neighbour = Collector(
        id=dice.new_id(), person_id=child.id, name=f"Robin {family.guardian.last_name}", may_collect=True,
        phone=f"312-555-01{dice.randint(0, 99):02}", note="The grandfather; has a key.", home_of_id=None,
    )  # fmt: skip
    other = Collector(
        id=dice.new_id(), person_id=child.id, name="Casey Marlow", may_collect=False, phone=None,
        note="Call us first, whatever is said.", home_of_id=family.user.id,
    )  # fmt: skip
    return [neighbour, other]


def claims(troop: Troop, dice: Dice) -> list[TrainingClaim]:
    """Some adults say that they have renewed their first aid."""
    course = course_of("scouting_america", "FIRST_AID")
    trained = [row.person_id for row in troop.rows if isinstance(row, Training) and row.code == "Y01"]
    users = {family.guardian.id: family.user.id for family in troop.families}
    made = []
    for person_id in trained[1:6]:
        if course and person_id in users:
            day = today(ZONE) - timedelta(days=dice.randint(5, 40))
            made.append(
                TrainingClaim(
                    id=dice.new_id(), person_id=person_id, code=course.code, name=course.name, completed_on=day,
                    expires_on=last_day_of(course, day, None), claimed_by_id=users[person_id],
                )
            )  # fmt: skip
    return made
