"""The one table of facts, and the one of reasons: name, type, who says it, and every word for it."""
