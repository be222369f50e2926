"""squawk reads every revision after the first, and objects to what would keep people out."""

import shutil

import pytest
from alembic.script import ScriptDirectory

from migrations.lint import HERE, lint

BAD = {
    "op.create_index('ix_people_rank', 'people', ['rank'])": "require-concurrent-index-creation",
    "op.add_column('people', sa.Column('shoes', sa.Text(), nullable=False))": "adding-required-field",
    "op.alter_column('people', 'rank', new_column_name='grade')": "renaming-column",
    "op.create_check_constraint('ck_x', 'people', \"rank <> ''\")": "constraint-missing-not-valid",
    "op.alter_column('people', 'version', type_=sa.BigInteger())": "changing-column-type",
}


@pytest.fixture
def folder(tmp_path):
    """A copy of the migrations."""
    shutil.copytree(HERE, tmp_path / "migrations", ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path / "migrations"


def add(folder, body):
    (head,) = ScriptDirectory(folder).get_heads()
    text = f'import sqlalchemy as sa\nfrom alembic import op\nrevision = "bad"\ndown_revision = {head!r}\n'
    (folder / "versions" / "bad.py").write_text(
        f"{text}\n\ndef upgrade():\n    {body}\n\n\ndef downgrade():\n    pass\n"
    )


def test_the_revisions_of_the_project_pass():
    assert lint() == []


@pytest.mark.parametrize(("body", "rule"), BAD.items())
def test_a_bad_revision_is_caught(folder, body, rule):
    add(folder, body)
    (complaint,) = lint(folder)
    assert rule in complaint
    assert "bad.py" in complaint


def test_a_rule_may_be_broken_for_a_reason(folder):
    add(folder, "op.execute('-- squawk-ignore renaming-column\\nALTER TABLE people RENAME COLUMN rank TO grade')")
    assert lint(folder) == []
