"""Spam: what is new in an edit is judged before it is saved, and moderators have the last word.

`checking` is the check of `wiki.checks`; `new` says what an edit adds; `rules`, `classifier` and `akismet`
each judge that; `actions` keeps what was stopped, and does what moderators decide.

Every way to write a page by the network is judged. An import is a command of whoever runs the site, and is
not. All that people say in their profile is a name: it holds no link, `accounts.rules` judges it, and it
stands only beside what its owner does.
"""
