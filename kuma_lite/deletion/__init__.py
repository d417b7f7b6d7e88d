"""Deleting pages: into the bin with a reason, back again, or out of it for good."""
