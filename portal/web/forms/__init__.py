"""The shape of what is typed: rules are the policy's and the verbs', never a form's."""
