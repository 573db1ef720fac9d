"""Whether the portal is well: signs of life, whether it can answer, and figures for who watches it."""
