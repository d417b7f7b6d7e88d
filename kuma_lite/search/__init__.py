"""Finding pages: an index of their words in SQLite's FTS5, kept by tasks after each save.

Read in this order: words (what a word is; the only place that cuts texts into words, so that index and
question always agree), models (the tables), indexing (how a page gets in), queries (what was typed), finding
(which pages that means, best first), snippets (what is shown of each).
"""
