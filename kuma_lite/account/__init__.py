"""What people do about their own account: a new password by mail, another name or address, leaving."""
