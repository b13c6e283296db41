"""The chat panel in a notebook: a conversation whose work goes on in threads, and the ipywidgets that show it.

What a person does enters through widgets or traits; widgets whose HTML comes from `render` leave. `work`, `turn`,
`chat` and `files` know no widgets. Imports service.client, schema, errors, config, `render` and `steps`.
"""
