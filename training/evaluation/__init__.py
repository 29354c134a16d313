"""How near methods come to the truth on held-out cases, and how far each number can be trusted."""
