"""What the rules say: policy files, cases, and the decision of one by the other."""
