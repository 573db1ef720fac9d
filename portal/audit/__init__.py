"""WHAT WAS DONE, BY WHOM: one log over the whole portal that is only ever added to."""
