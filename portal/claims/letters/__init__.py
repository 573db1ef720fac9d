"""What the customer and the team are told of a claim."""
