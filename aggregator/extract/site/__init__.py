"""What the pages of a host teach about each other, and how that helps to read the next."""
