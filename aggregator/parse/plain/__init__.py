"""Documents of the usual kind → what feedparser would say of them, at a sixth of its cost.

Most documents are well-formed RSS 2.0, RSS 1.0 or Atom 1.0 made of a few dozen well-known elements. These are read
here, by lxml; for anything else the answer is None and feedparser is asked, as for everything before. What counts as
usual is a list of what may be there (`words`), never of what may not: an element, an attribute or a nesting that is
not on it makes the document unusual. Of what is on it, all that has an effect on our records is done as feedparser
6.0 does it, its oddities included (`entry`, `values`); each step there names the method it follows. That both say the
same is tested on every document of the corpus and on made ones (`tests/test_parse_plain.py`).
"""

from aggregator.parse.plain.document import Plain, read_plainly

__all__ = ["Plain", "read_plainly"]
