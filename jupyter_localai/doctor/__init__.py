"""Checks of the privacy promises and the setup on this machine, each with a remedy."""
