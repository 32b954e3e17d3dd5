"""docs/reference.md and docs/aggregator.1, written from the code, so that neither can drift from it.

    python -m tests.reference --write     writes both
    python -m tests.reference --missing   names what has no description

One module a part: `commands` (from click), `settings` (from config.py and config.toml), `tables` (from the schema and
its comments), `fields` (from what `--json` prints on a small archive). What a thing is comes from where it is made: a
help text, the comment of a setting, of a column, of a record's field. `words.toml` beside this file has the rest: names
that say what they are nearly everywhere, and those that mean something else in one place.
"""
