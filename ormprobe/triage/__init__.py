"""Finished runs judged: from logs, requests, patches and trajectories to the same report.

The way of the data: items of logs and requests (`ormprobe.logs`, `ormprobe.runs`) -> exceptions as
signals (`thrown`) -> tied to requests (`tying`) -> which request hangs on which (`cascades`) ->
causes by the same rules as for a trace, and placements where no cause is proven (`deciding`) ->
the report (`reporting`).
"""
