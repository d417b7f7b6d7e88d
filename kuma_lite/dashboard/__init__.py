"""The queue and the mails made visible, and whether all parts are well. All it changes is whether a mail is
tried again."""
