"""What chapters/4-examples claims: a module and a list for each page."""
