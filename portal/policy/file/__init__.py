"""The policy file: what it says, how it is read, and what it is refused for."""
