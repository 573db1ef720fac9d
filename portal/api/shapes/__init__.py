"""What addresses, bodies and answers are made of, as the OpenAPI document tells it."""
