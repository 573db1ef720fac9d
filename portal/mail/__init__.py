"""The mail room: an outbox written with the change it tells of, and its delivery."""
