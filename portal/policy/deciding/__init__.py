"""The one engine: the case, the steps of a decision, amounts, and the decision itself."""
