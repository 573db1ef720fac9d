"""What a shop's visitors read without a claim: its start, its policy, "Can I get a refund?"."""
