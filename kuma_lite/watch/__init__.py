"""Watching: who wants to hear of what, how often, the mails that follow, and how to stop them.

Read in this order: topics (what can be watched) and models; fanout (who hears of some news: at once, or
later); stories and notices (what a mail says, as text and as HTML); digests (what waits, and when it is
mailed); panels (the buttons, and "would I get mail for this?").
"""
