"""What chapters/3-second-derivative claims: a module and a list for each page."""
