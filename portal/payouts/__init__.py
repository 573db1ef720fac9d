"""How money leaves: what a person or a rail says of a payout, and whether the ledger agrees."""
