"""The queue and the mails made visible, and whether all parts are well. It reads; it changes nothing."""
