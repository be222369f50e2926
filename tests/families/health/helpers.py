"""All that can be told of somebody, what is kept of it, and the trail."""

from sqlalchemy import select

from app.audit.models import AuditEntry
from app.extensions import db
from app.families.access import tie_of
from app.families.health import notes
from app.families.health.answers import Allergy, Answers, Medication

FULL = Answers(
    diets=("vegan", "nut_free"),
    diet_words="no raw onion",
    allergies=(Allergy("Peanuts", "life_threatening", "cannot breathe", "inject, call 911"),),
    allergy_words="hay fever in May",
    carried=("auto_injector",),
    medications=(Medication("Cetirizine", "10 mg", "8:00 with food"),),
    conditions="asthma",
)


def kept(user, person):
    return notes.kept_for_guardian(tie_of(user, person.id))


def entries(person):
    return db.session.scalars(
        select(AuditEntry).where(AuditEntry.subject_id == person.id).order_by(AuditEntry.id)
    ).all()
