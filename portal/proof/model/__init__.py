"""Any claim as z3 terms: its facts, what each clause says to them, what is possible at all."""
