"""The check that failed: what it wanted, what it got, and where that can be read off rows."""
