"""Which of a page's words are the article's, and how they are set."""
