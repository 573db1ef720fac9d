"""A claim as its owner sees it: drafted, sent, completed, withdrawn, appealed."""
