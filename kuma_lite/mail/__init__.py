"""Messages to addresses: building them, one row per address, the task that sends. Knows no person."""
