"""Who runs the engine, and how to reach it.

A socket, a lock or a process id belongs here and nowhere else. Adapters talk to `client` only.
"""
