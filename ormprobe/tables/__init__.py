"""From labelled runs to a benchmark's report: counts, tables, files, comparisons."""
