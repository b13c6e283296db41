"""An index in one file, ``NAME.localai``: a zip of lines of JSON and of vectors, as ``docs/bundle.md`` describes it.

Who writes one trusts the store; who reads one trusts nothing. The room knows no store and no embedding model.
"""
