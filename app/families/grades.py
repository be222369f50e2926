"""School grades, which move on each summer: pure functions. Packs of Scouting America go by grade, others by age.

Source: Scouting America, Cub Scout ranks by grade (https://www.scouting.org/programs/cub-scouts/); last checked 2026-11-23.
"""

from datetime import date

LAST_GRADE = 12
SUMMER = (7, 1)  # month and day from which a child counts for the next grade
BY_AGE = {"scouts_uk", "scouts_canada"}
GRADES = {0: "Kindergarten"} | {number: f"Grade {number}" for number in range(1, LAST_GRADE + 1)}


def asks_grade(kind: str, preset: str) -> bool:
    """Whether a unit's rules go by the school grade: the dens of a pack do, unless its rules go by age."""
    return kind == "pack" and preset not in BY_AGE


def school_year(day: date) -> int:
    """The year in which the school year of ``day`` began."""
    return day.year if (day.month, day.day) >= SUMMER else day.year - 1


def grade_on(grade: int | None, said_on: date | None, day: date) -> int | None:
    """The grade on ``day`` of somebody who was in ``grade`` on ``said_on``; None when unknown or out of school."""
    if grade is None or said_on is None:
        return None
    now = grade + school_year(day) - school_year(said_on)
    return now if 0 <= now <= LAST_GRADE else None
