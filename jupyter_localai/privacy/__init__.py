"""What may leave this machine: the guard in Python, and the filter in the kernel."""
