"""Backups: one file that holds a wiki, made while that runs, checked, kept, and made into a wiki again.

Read it in this order: `archive` (the file: what it looks like, and how little of it is believed), `manifest`
(its first member, which lists the others), `copies` (what is said and checked of a copied database),
`configuration` (the settings in it), `workshop` (where unfinished things lie), `places` (where backups lie),
`gentle` (long work that gives way), `making`, `unpacking`, `arrival` (what a restored wiki must not do
again), `actions` (make, verify, restore), `tasks` (each night).
"""
