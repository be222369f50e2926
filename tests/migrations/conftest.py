"""Trees and databases for tests of the migrations."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.database import ROOT, empty_database, fresh_database
from tests.migrations.tree import Tree, copy_of_the_project


@pytest.fixture
def project() -> Iterator[Tree]:
    """The project itself over an empty database."""
    with empty_database() as url:
        yield Tree(ROOT, url)


@pytest.fixture
def scratch(tmp_path: Path) -> Iterator[Tree]:
    """A copy of the project over a database at head; revisions may be written there."""
    with fresh_database() as url:
        yield copy_of_the_project(tmp_path, url)


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Tree]:
    """The same, for models, too."""
    with fresh_database() as url:
        yield copy_of_the_project(tmp_path, url, with_models=True)
