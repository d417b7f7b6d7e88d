"""What machines read of the wiki: feeds of its changes, the sitemap, robots.txt."""
