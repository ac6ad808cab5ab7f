"""The timeline of a trace for people and scripts: what happened, scope by scope, in order."""
