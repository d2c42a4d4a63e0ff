"""Commands beside those of `rag.__main__`: each module adds its own to the parser. Imports stay light."""
