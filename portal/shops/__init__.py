"""A shop of an install's own: its policy file from an example, and whether all that it needs is well."""
