"""WHAT WAS DECIDED, BY WHOM AND HOW SOON: for a lead, read from the claims' own history."""
