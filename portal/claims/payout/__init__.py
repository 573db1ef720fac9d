"""Where a claim's money goes, and what the records say before it leaves."""
