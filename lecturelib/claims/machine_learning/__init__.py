"""What chapters/6-machine-learning claims: a module and a list for each page."""
