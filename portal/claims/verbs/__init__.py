"""What is done to a claim, by its owner, by the policy, by a reviewer, by time."""
