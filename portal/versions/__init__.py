"""How a policy changes: its versions from a draft to their end, and who let them come into force."""
