"""A look at the whole site: what is wrong, what to do, and what can be mended by itself.

`examining` runs the checks, `terminal` and `views` show what they find. Here stand only the checks of what
belongs to no feature: the data folder, the database file, the clock.
"""
