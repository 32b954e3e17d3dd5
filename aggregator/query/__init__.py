"""What a person typed into the search box, understood: text in, `Query` out. It never fails.

The language is told in docs/query-language.md. Three steps, a module each: `scanning` cuts what was typed into
terms, brackets and operators; `reading` joins them into the tree of `models.queries`; `fields` knows what stands
before a colon. What cannot be understood is searched as words, and the hint says so. `explaining` writes a query
out for a person.
"""

from aggregator.query.explaining import explain_query
from aggregator.query.reading import DEEPEST, parse_query
from aggregator.query.scanning import MOST_TERMS

__all__ = ["DEEPEST", "MOST_TERMS", "explain_query", "parse_query"]
