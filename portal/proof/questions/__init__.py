"""What is asked of a version: each a kind of flaw, with a claim that shows it."""
