"""What happens when a date comes: a claim lapses, a colleague is warned, its owner is told."""
