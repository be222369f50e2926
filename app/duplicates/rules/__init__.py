"""Two rows for one human become one, and can become two again."""
