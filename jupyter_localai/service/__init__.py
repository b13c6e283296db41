"""The engine as a process, and its clients.

A socket, a lock or a process id belongs here and nowhere else. Adapters talk to `client` only.
"""
