"""Questions about the app's own source: read as text and syntax trees, never imported or run."""

from ormprobe.source.app import Source, is_test_file

__all__ = ["Source", "is_test_file"]
