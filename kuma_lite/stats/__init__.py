"""Numbers and lists about the whole wiki: views of pages, the dashboard of revisions, the one of spam."""
