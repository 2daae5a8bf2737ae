"""Models, sessions, and every query: the only package that knows SQL.

`database` opens it, `models` are the tables, `holdings` finds and writes roots, sightings and clips
by identity, `stages` is what is done for a clip, `timeline` keeps what was read from a file,
`changes` records what people did, `vocabulary` the terms, `reads` what pages show, `search_feed`
what the index follows.
"""
