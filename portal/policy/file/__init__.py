"""The policy file: what it says, how it is read and refused, and how its text is edited."""
