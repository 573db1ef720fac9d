"""What the logs say: accounts, orders, messages, top-ups and purchases of each shop."""
