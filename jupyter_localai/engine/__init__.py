"""The flows over one open store: index, ask, rebuild, evaluate, locate.

`engine` is the facade that others use; `store` is what all flows share. Arguments and settings enter, values and
events of `results` leave. The room knows no socket and no screen.
"""
