"""The notebook magics: running cells, showing results and completing lines. Only this room imports IPython."""
