"""A child and her guardian."""

import pytest

from tests.factories import make_person, make_user


@pytest.fixture
def parent(db_session):
    return make_user(name="Astrid Holm")


@pytest.fixture
def ava(parent):
    return make_person("Ava", "Holm", guardian=parent)
