"""Redress: refund claims, decided clause by clause by the shop's own policy."""
