"""What bin/run and bin/test make of a folder that has no .venv."""

import shutil
import subprocess

import pytest

from app.config import ROOT


@pytest.fixture
def folder(tmp_path):
    """A checkout with a blank in its path, of which only bin is there."""
    folder = tmp_path / "a checkout"
    shutil.copytree(ROOT / "bin", folder / "bin")
    return folder


def test_a_new_environment_has_a_pip_that_works(folder):
    made = subprocess.run(["sh", "-euc", ". bin/environment.sh; make_venv"], cwd=folder, capture_output=True, text=True)
    assert (made.returncode, made.stdout, made.stderr) == (0, "", "")
    python = folder / ".venv" / "bin" / "python"
    listed = subprocess.run(
        [python, "-m", "pip", "list", "--disable-pip-version-check"], capture_output=True, text=True
    )
    assert (listed.returncode, listed.stderr) == (0, "")
    assert [line.split()[0] for line in listed.stdout.splitlines()[2:]] == ["pip"]
