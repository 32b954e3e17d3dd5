"""What a page says about its article beside the text: title, byline, days, how it is filed, and who claims it."""
