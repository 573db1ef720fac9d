"""How do a shop's own systems hear of it? Each event of its feed, called to each address that wants it."""
