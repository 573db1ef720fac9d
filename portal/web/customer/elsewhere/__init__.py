"""How a customer comes back to their claims from anywhere: by their address."""
