"""How an installation is set up: settings from the environment, and which keys and hosts will do."""
