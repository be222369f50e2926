"""Seats, the waiting list, and what families and leaders do with them."""
