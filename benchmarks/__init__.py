"""Benchmarks: figures made in one run on one machine, as ratios wherever something can be compared."""
