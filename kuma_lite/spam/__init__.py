"""Spam: what is new in an edit is judged before it is saved, and moderators have the last word.

`checking` is the check of `wiki.checks`; `new` says what an edit adds; `rules`, `classifier` and `akismet`
each judge that; `actions` keeps what was stopped, and does what moderators decide.
"""
