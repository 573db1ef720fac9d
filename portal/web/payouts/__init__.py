"""How money is seen and moved: what is due, runs, what is owed without asking, the rails and the webhooks of a shop."""
