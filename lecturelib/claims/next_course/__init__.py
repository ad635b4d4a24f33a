"""What chapters/5-next-course claims: a module and a list for each page."""
