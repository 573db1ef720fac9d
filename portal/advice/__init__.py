"""What a policy means for one person: what to ask, what to ask next, what would have helped."""
