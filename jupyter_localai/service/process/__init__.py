"""The engine as a process below a gate: its server, calls, jobs and log."""
