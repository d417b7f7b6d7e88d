"""What admins decide about the site on the web: name, home page, sidebar, logo; and how to write here.

`chosen.py` puts it into force, in every process. Here it is checked, written, logged and taken back.
"""
