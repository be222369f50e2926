"""Asking to leave, and leaving."""
