"""What the policy says of a claim: its case, its ground, what it still lacks, what was decided and why."""
