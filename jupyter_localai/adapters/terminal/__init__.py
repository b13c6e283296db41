"""The command line: commands in, text or one line of JSON out."""
