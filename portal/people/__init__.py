"""Who works here: reviewers and admins, and where each is signed in. Customers have no account."""
