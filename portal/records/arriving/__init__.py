"""What is told of the logs one row at a time, as it happens."""
