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
    said = subprocess.run([python, "-m", "pip", "--version"], capture_output=True, text=True)
    assert (said.returncode, said.stderr) == (0, "")
    assert f"{folder}/.venv/lib" in said.stdout
