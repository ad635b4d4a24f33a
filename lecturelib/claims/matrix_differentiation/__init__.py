"""What chapters/2-matrix-differentiation claims: a module and a list for each page."""
