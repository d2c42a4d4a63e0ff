"""What Folio keeps, in one SQLite file: one module for each thing kept. Knows nothing of search, models or front ends.

Every function takes the Database first. Rows come out as frozen dataclasses. A function that takes a `user_id` reads
and writes only what that user may; the few that take none say so in their docstring.
"""
