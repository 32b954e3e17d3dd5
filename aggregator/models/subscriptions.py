"""What the user wants to follow."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Subscription:
    """An outline in feeds.opml that names a feed."""

    url: str
    title: str = ""  # "": the feed's own title is shown
    category: str = ""  # folders from the outside in, joined by "/"; "" is the top level
    site_url: str = ""  # htmlUrl


@dataclass(frozen=True, slots=True)
class SubscriptionPlan:
    """What has to change in the archive for it to follow what feeds.opml says. Nothing is ever deleted."""

    add: tuple[Subscription, ...] = ()
    change: tuple[Subscription, ...] = ()  # another title, category or site address
    resume: tuple[Subscription, ...] = ()  # was paused, is wanted again
    pause: tuple[str, ...] = ()  # addresses of feeds that feeds.opml no longer names

    def __bool__(self) -> bool:
        return bool(self.add or self.change or self.resume or self.pause)
