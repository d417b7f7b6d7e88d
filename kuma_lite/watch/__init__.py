"""Watching pages: who does, the mail that an edit sends them, and how to stop it."""
