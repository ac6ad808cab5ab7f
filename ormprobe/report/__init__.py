"""What a report looks like: one module a format, each with `render`."""
