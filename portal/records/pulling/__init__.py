"""Records that come by themselves: what changed at an upstream is asked for from time to time."""
