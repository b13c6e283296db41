"""Clients of the engine: they find or start it, ask it, and decode what it answers."""
