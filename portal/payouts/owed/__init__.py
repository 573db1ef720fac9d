"""Refunds nobody asked for: found, listed, paid, and stopped."""
