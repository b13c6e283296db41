"""Is all well on this machine? Each check tries one promise and says what would help."""
