"""The work of reviewers around single decisions: who has a claim in hand, what they tell each other, what is decided together."""
