"""Astrid, whom the roster names as Ava's mother, and the admin's browser."""

import pytest

from app.families.models import GuardianProposal
from app.units.models import RoleName
from tests.factories import keep, make_adult, make_leader, make_person


@pytest.fixture
def admin(unit):
    return make_leader(unit, RoleName.ADMIN)


@pytest.fixture
def astrid(unit):
    return make_adult("Astrid", "Holm", unit=unit, email="astrid@example.org")


@pytest.fixture
def ava(unit, astrid):
    ava = make_person("Ava", "Holm", unit=unit)
    keep(
        GuardianProposal(
            person_id=ava.id, adult_id=astrid.id, name="Astrid Holm", relationship_to="Mother", phone="555-0113"
        )
    )
    return ava


@pytest.fixture
def browser(client, sign_in, admin):
    sign_in(client, admin)
    return client
