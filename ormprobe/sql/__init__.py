"""SQL as the detectors need it: what a statement reads, writes and can name."""
