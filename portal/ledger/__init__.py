"""What is owed and what has gone: payouts with their states, and the ledger of every money event."""
