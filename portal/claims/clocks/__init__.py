"""What time runs for a claim: whose, from what on, until when, and who states it."""
