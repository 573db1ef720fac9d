"""Tables of a policy file that have a subject of their own."""
