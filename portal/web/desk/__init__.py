"""Pages of what reviewers do with a claim beside deciding it, and with many at once."""
