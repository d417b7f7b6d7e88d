"""What moderators do: bans, cleaning up after somebody, and the log that says who did what and why."""
