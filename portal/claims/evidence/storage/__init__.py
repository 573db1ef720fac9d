"""Where evidence files are kept: one interface, a folder or a bucket behind it."""
