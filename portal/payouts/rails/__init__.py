"""The rails: one file for each way by which money leaves, behind one interface."""
