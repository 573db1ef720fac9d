"""A reviewer's pages: the queue, one claim on one screen, and what is done to it."""
