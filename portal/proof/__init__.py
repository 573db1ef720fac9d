"""Is the policy whole? Its conditions as z3 terms, and the questions that are put to them."""
