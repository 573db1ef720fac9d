"""How it is said: facts, conditions, clauses, differences and the diagram, for people to read."""
