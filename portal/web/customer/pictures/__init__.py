"""What a claimant does to pictures before they are sent."""
