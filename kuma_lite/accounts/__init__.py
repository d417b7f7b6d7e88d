"""People: accounts and roles, logging in and out, sessions, tokens, the first account."""
