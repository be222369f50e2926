"""``python -m app.doctor``: for an installation that does not start."""

from app.doctor.cli import alone

alone(prog_name="python -m app.doctor")
