"""Trainings of adults: what each set of rules knows, who is current on a day, and how a training gets here."""
