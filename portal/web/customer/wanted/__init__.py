"""What a person asked a claim's owner for, and how the owner answers."""
