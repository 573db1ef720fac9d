"""The account of somebody who works here: signing in, passwords, what they are told."""
