"""What an edit of a published text is, and what it changed, word by word.

Pure text work. `change_of` says what kind of edit lies between two states, and whether it is one at all: counters,
clocks, share buttons and typography are not. `word_diff` shows the words. Both take time in proportion to the
texts, whatever the texts are: `matching.py` bounds what it compares.
"""

from aggregator.revision.changes import Text, change_of
from aggregator.revision.worddiff import Passage, word_diff

__all__ = ["Passage", "Text", "change_of", "word_diff"]
