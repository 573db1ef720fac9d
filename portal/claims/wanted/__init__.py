"""What only a claim's owner can give, and a person asks them for."""
