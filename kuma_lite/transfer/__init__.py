"""Pages into the wiki and out of it, many at a time. So far: a folder of Markdown comes in."""
