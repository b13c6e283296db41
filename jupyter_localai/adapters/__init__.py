"""Where users meet the project: the terminal, notebook cells, the chat panel and the Jupyter server.

Only this room knows cells, buttons and terminals. `terminal` is the command line, `notebook` has the magics, `widget`
has the chat panel of a notebook, and `server` has the routes of the JupyterLab panel. The shared modules declare the
commands and put progress into words. Adapters call the engine through `service.client` and show results through
`render`. In an IPython terminal, `notebook` uses the progress line and the answer printing of `terminal`; no other
adapter imports another one.
"""
