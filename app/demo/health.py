"""What the demo's families say about health and diet, and when they last said that it is right."""

from datetime import timedelta
from typing import Any

from app.clock import now
from app.demo.troop import Troop
from app.families.health.answers import Allergy, Answers, Medication
from app.families.health.models import HealthNote
from app.families.health.rules import seal_into

# One of everything, so that whoever looks round sees what the page is for.
NOAH = Answers(
    diets=("nut_free",),
    allergies=(
        Allergy(
            "Peanuts", "life_threatening", "Swelling, cannot breathe", "Use the auto-injector, call 911, then call us."
        ),
        Allergy("Pollen", "mild", "Watery eyes", "Antihistamine from his bag."),
    ),
    carried=("auto_injector", "inhaler"),
    medications=(Medication("Cetirizine", "1 tablet of 10 mg", "8:00, with breakfast"),),
    conditions="Asthma after long runs.",
)


def health_notes(troop: Troop) -> list[HealthNote]:
    """A note for most children: some old, some with nothing to tell. The children of a few families have none yet."""
    notes: dict[Any, HealthNote] = {}
    for number, family in enumerate(troop.families):
        for child in family.children:
            said = NOAH if child.full_name == "Noah Lindqvist" else troop.answers[child.id]
            # A child of two homes has one.
            if child.id not in notes and (said or number % 7 != 6):
                at = now() - timedelta(days=20 + 37 * (number % 9))
                notes[child.id] = HealthNote(person_id=child.id, confirmed_at=at, updated_at=at)
                seal_into(notes[child.id], said)
    return list(notes.values())
