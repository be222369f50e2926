"""How fast the product is beside the least that the same stack can do: ``python -m bench`` prints one table.

The floor (``floor.py``) and the product are served alike, on the same PostgreSQL, and measured in turns in one run: a
ratio between the two holds on a noisy machine, where a bare number does not.
"""
