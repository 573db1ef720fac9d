"""The demo: five shops' records, claims in every status, the people who decide them, and bulk."""
