"""How does a shop's customer come from the shop's own pages? Its keys, its tokens, and what one opens."""
