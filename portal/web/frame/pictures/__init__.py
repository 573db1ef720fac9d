"""Pictures on a page in which parts are marked."""
