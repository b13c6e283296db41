"""Notebook magics: what a cell runs, shows and completes. IPython belongs here and nowhere else."""
