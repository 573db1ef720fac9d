"""A claim as its owner reads it: what happened, what happens next, what they were written."""
