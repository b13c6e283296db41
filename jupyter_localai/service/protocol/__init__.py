"""What the engine and its clients agree on: names, errors, the runtime folder, the lock."""
