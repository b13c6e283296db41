"""The chat panel of a notebook: a conversation that works in threads, and the ipywidgets that show it.

User actions enter through widgets or traits, and `render` makes the HTML of the widgets. `work`, `turn`, `chat` and
`files` know no widgets.
"""
