"""Files for what runs the wiki and what stands before it, with the settings of a site filled in."""
