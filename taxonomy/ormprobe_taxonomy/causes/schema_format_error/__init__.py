"""The right rows in an answer of the wrong form."""
