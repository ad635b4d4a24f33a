"""What chapters/1-differentiation-revisited claims: a module and a list for each page."""
