"""A small web on loopback: feeds and pages that change from step to step, for tests, trials and benchmarks.

    with Newsroom(own.web()) as newsroom:
        newsroom.local("https://www.harbour-gazette.example/rss.xml")  # "http://127.77.0.5:41234/rss.xml"
        newsroom.step = 1

`own` is the web that was written for this project; `corpus` plays the development corpus.
By hand: `python -m tests.newsroom --help`.
"""

from tests.newsroom.asked import Asked
from tests.newsroom.manifest import Answer, Feed, Manifest, Page, Step
from tests.newsroom.play import Newsroom

__all__ = ["Answer", "Asked", "Feed", "Manifest", "Newsroom", "Page", "Step"]
