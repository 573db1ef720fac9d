"""The clock as pages read it: that of every request."""

from portal.config.clock import now

__all__ = ["now"]
