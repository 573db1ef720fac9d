"""How a lead sees what was decided."""
