"""What a shop's own systems are let in by, for an admin: the keys of the hand-off."""
