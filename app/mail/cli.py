"""``flask worker``."""

import click
from flask import Flask


def init_app(app: Flask) -> None:
    """Add the command."""

    @app.cli.command("worker", with_appcontext=False)
    @click.option("--once", is_flag=True, help="Send what waits, and end.")
    @click.option("--stalled", type=float, default=None, help="Seconds after which a silent worker is taken for dead.")
    def worker_command(once: bool, stalled: float | None) -> None:
        """Send the mails that wait in the queue, until Ctrl-C or TERM."""
        from app.mail import worker  # its driver is for the worker alone

        url = app.config["SQLALCHEMY_DATABASE_URI"]
        worker.work(app, url, once=once, stalled=worker.STALLED if stalled is None else stalled)
