"""The protocol of the engine and its clients: names, errors, the runtime folder, the lock."""
