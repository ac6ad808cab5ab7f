"""What a failure at the data layer is called: causes, signals, rules, the upstream rule.

Pure knowledge: nothing here reads a file, runs a program or knows a trace's format.
"""
