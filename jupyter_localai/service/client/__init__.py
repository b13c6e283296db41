"""Clients of the engine: they find or start it, send requests and decode the replies."""
