"""What became of a run's payouts, as a file or a person says it: kept, and settled a lot at a time."""
