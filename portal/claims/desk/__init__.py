"""The work of reviewers on a claim that decides nothing: who has it in hand, and what they tell each other."""
