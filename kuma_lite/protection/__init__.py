"""Protecting pages: who may read and who may edit a page, or a page and all below it.

What holds for a page stands in `wiki.protection`, and `wiki.access` asks it; here people set it.
"""
