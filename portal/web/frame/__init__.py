"""What every page has: the clock, htmx, headers, fields, the shop's head, files as they are served."""
