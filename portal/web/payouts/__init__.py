"""How money is seen and moved: what is due, runs, what is owed without asking, and the rails of a shop."""
