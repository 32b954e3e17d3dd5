"""Articles in the forms of other programs: references for BibTeX and CSL-JSON, a Markdown file each.

Pure: an article in, text out; what is written where is for others. Nothing that an article says can leave its
place in the form, be it a brace, a quote or a path.
"""

from aggregator.export.bibtex import bibtex_entry
from aggregator.export.csl import csl_item
from aggregator.export.filenames import file_name
from aggregator.export.markdown import markdown_page

__all__ = ["bibtex_entry", "csl_item", "file_name", "markdown_page"]
