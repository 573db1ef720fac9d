"""The text of a policy file: how it is changed in one place, every other byte as it was."""
