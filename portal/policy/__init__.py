"""What the rules say: policy files, cases, and the decision of one by the other."""

# Rises with every change that may decide a stored case otherwise than before, or word its decision
# otherwise: kept with each decision, so that `policy verify` can tell a new engine from a fault.
ENGINE = 3
