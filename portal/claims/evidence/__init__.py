"""Files that prove a claim: taken in, told by their bytes, cleaned, kept, shown, swept."""
