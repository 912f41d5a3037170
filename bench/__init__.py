"""Benchmarks: what a page, an export and a worker cost, as ratios to a plain reference in the same run (`make bench`)."""
