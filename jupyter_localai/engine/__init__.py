"""The flows over one open store: index, ask, rebuild, evaluate, locate.

Arguments and settings enter, values and events of `results` leave. Knows no socket and no screen.
"""
