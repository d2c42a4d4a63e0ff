"""Golden questions: reading them, running them in the background, comparing runs, and saying why something was missed.

golden      a CSV, XLSX or JSONL file -> questions, and the problems of its rows (pure)
runs        runs questions one after the other through the chat's own pipeline; durable, resumable, cancellable
comparison  two runs row by row, two ranked lists move by move (pure)
sheets      rows -> CSV or XLSX that no spreadsheet program takes for formulas (pure)
diagnosis   a sentence that should have been found -> where it was lost (pure)
"""
