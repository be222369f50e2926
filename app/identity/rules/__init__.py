"""Signing in, passwords and the links that set them."""
