"""Diet and health of people: what is asked (``answers``), how it is sealed (``vault``), and the only way to it (``notes``)."""
