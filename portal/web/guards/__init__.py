"""Who may: a customer's session, the people who work here, and how often anybody may."""
