"""Names the data-layer cause of a failing Python app by watching its ORM run."""

__version__ = "0.1.0"
