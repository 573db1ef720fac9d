"""The claims on both sides of everything that a policy says."""
