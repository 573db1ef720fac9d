"""How a shop's own systems are let in and told, for an admin: the keys of the hand-off, and webhooks."""
