"""The one door to Ollama: requests, streams, models, and what fits the memory of this machine."""
