"""Reading a trace: typed events out of the files that the shims wrote."""
