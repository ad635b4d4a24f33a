"""The table on arrays: from plain NumPy code to values, Taylor series and linear maps."""
