"""The whole import in order."""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy.exc import IntegrityError

from app.errors import Conflict, RuleBroken
from app.identity.models import User
from app.members.importing import wording
from app.members.importing.applying import apply_plan
from app.members.importing.cells import clean
from app.members.importing.comparing import Plan, compare
from app.members.importing.loading import load
from app.members.importing.reading import read_roster

LONGEST_UNIT_NAME = 120  # as in the CHECK on units


@dataclass(frozen=True)
class Outcome:
    """What was found in the file, and whether it was written."""

    plan: Plan
    done: bool

    def sentences(self, file_name: str) -> Iterator[str]:
        """For people."""
        return wording.sentences(self.plan, file_name, done=self.done)


def import_roster(data: bytes, unit_name: str, *, apply: bool, actor: User | None, time_zone: str) -> Outcome:
    """Read a roster file and say what it would change; with ``apply``, change it. The caller commits.

    Raises:
        NotARoster: the file is none; nothing was changed.
        RuleBroken: the unit's name will not do.
        Conflict: somebody made the same unit or member number at the same moment.
    """
    unit_name = clean(unit_name)
    if not 1 <= len(unit_name) <= LONGEST_UNIT_NAME:
        raise RuleBroken(f"A unit's name has 1 to {LONGEST_UNIT_NAME} characters.", "unit")
    file = read_roster(data)
    loaded = load(unit_name, file, lock=apply)
    plan = compare(file, loaded.known, loaded.unit.name if loaded.unit else unit_name, unit_is_new=loaded.unit is None)
    done = apply and not plan.nothing_to_do
    if done:
        try:
            apply_plan(plan, loaded, actor, time_zone)
        except IntegrityError as collision:
            raise Conflict(
                "Somebody changed this unit's roster at the same moment. Nothing was written; run it again."
            ) from collision
    return Outcome(plan, done)
