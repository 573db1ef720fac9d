"""Child processes: when none may be started, one that is warm and may be lost, and how one is shut in."""
