"""What chapters/0-introduction claims: a module and a list for each page."""
