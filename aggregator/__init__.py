"""Follow feeds, keep the full text behind every entry, search it, read it as a digest."""

__version__ = "0.1.0"
