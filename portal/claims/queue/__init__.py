"""The reviewers' queue: its views, its pages, and who has a claim of it open."""
