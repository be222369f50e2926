"""``flask rotate-health-key``."""

import click
from flask import Flask

from app.families.health.rotation import Progress, rotate


def init_app(app: Flask) -> None:
    """Add the command."""

    @app.cli.command("rotate-health-key")
    def rotate_command() -> None:
        """Seal all health notes with HEALTH_KEY: those under a key of HEALTH_KEY_FALLBACKS, and what an older release wrote openly."""
        progress = Progress()
        for progress in rotate():
            click.echo(f"{progress.done:,} of {progress.total:,} health notes are sealed with the newest key.")
        if not progress.done and not progress.unreadable:
            click.echo("All health notes are sealed with the newest key.")
        if progress.unreadable:
            raise click.ClickException(
                f"{progress.unreadable:,} health notes open with no key that is set. Put the key that they were sealed with "
                "into HEALTH_KEY_FALLBACKS, and run this again."
            )
