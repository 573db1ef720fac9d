"""The column copy of decided claims: what it keeps of a case, and how it is written."""
