"""The language of the rules: the condition tree, its parser and closures, where a test turns, the calendar."""
