"""Measurements against peers, one core, float64: ``python -m benchmarks``."""
