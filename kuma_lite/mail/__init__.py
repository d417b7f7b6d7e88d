"""Messages to addresses: building them, one row per address, the task that sends. Knows no person.

`actions.post` sends one message to many; `muting.muted(address)` says why an address gets no more.

Read in this order: models; actions (what others call); tasks (sending one, and what is written down of it);
message and wire (the bytes, and the check that nobody's title became a header); transport, smtp and
connections (who takes them); muting (addresses that refuse); stranded (mails that were forgotten).
"""
