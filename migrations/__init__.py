"""The schema's history (``versions/``), how it is run, and what revisions may lean on. ``docs/migrations.md`` is the guide."""
