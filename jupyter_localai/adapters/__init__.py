"""Where people meet the project: the command line now, notebooks and JupyterLab later.

A cell, a button or a terminal belongs here and nowhere else. An adapter may import
service.client, config, schema and errors, and `render`; never another adapter.
"""
