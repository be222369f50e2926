"""Markers in everything that is written about somebody: whoever reads one has read that."""

from app.families.health.answers import Allergy, Answers, Medication
from app.families.models import Collector, EmergencyContact, GuardianProposal, Person
from tests.factories import keep, make_health

# Of a family's own words about health, by the field in which each stands.
HEALTH_FIELDS = (
    "DIET", "ALLERGEN", "REACTION", "ACTION", "ALLERGY", "MEDICATION", "DOSE", "TIMES", "CONDITION",
)  # fmt: skip


def plant(person: Person, whose: str, number: str) -> None:
    """Things about a person that some may read and others must not."""
    person.phone, person.email = f"555-0177-{number}", f"{whose}@example.org".lower()
    person.pick_up_note = f"PICK-UP-{whose}"
    make_health(person, marked_answers(whose))
    keep(EmergencyContact(person_id=person.id, name=f"CONTACT-{whose}", phone=f"555-0188-{number}"))
    keep(Collector(person_id=person.id, name=f"COLLECTOR-{whose}", note=f"COLLECTING-{whose}", may_collect=False))
    keep(GuardianProposal(person_id=person.id, name=f"PROPOSAL-{whose}", phone=f"555-0199-{number}"))


def marked_answers(whose: str) -> Answers:
    """A marker in every field of a family's own words."""
    allergy = Allergy(f"ALLERGEN-{whose}", "severe", f"REACTION-{whose}", f"ACTION-{whose}")
    return Answers(
        diets=("vegan",),
        diet_words=f"DIET-{whose}",
        allergies=(allergy,),
        allergy_words=f"ALLERGY-{whose}",
        carried=("inhaler",),
        medications=(Medication(f"MEDICATION-{whose}", f"DOSE-{whose}", f"TIMES-{whose}"),),
        conditions=f"CONDITION-{whose}",
    )
