"""What a shop's own systems are told: one feed of each shop, written with the change it tells of."""
