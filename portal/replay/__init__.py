"""What would it have done? A version tried on the column copy of past claims."""
