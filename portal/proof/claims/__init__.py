"""A claim that shows what was proved: looked for, and written as a person would."""
