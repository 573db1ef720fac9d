"""The days and hours by which a version counts."""
