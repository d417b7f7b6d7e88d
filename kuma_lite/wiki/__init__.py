"""Pages, their revisions, the links between them, and who may do what with them."""
