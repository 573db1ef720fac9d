"""What of a claim is personal: kept by a legal hold."""
