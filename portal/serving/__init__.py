"""How requests are taken: who sends or reads slowly waits for nobody, and nobody waits for them."""
