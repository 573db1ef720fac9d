"""The pages of a customer whom the shop hands over: one order, or a list of them."""
