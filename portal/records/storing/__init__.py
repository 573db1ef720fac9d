"""How rows that were checked become records: whose they stay, what is new, what the records say against it."""
