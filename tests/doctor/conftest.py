import pytest

from app.doctor import schema

PARTS = []


@pytest.fixture
def known_models(monkeypatch):
    """For tests of everything but the schema: what the models say is not built as tables for each look anew."""
    monkeypatch.setattr(schema, "of_models", models_once)


def models_once(connection, build=schema.of_models):
    if not PARTS:
        PARTS.append(build(connection))
    return PARTS[0]
