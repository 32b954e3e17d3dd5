"""Identity: which addresses are one article, which texts are one text, how alike two texts are. Pure."""

from aggregator.dedupe.addresses import addresses_of, agree, is_plausible, leads_there
from aggregator.dedupe.likeness import Likeness, common_names, likeness
from aggregator.dedupe.shingles import Shingles, shingles_of, sketch_of
from aggregator.dedupe.texts import fingerprint, original_of
from aggregator.dedupe.tiers import Tier, are_on_subject, tier_of

__all__ = [
    "Likeness",
    "Shingles",
    "Tier",
    "addresses_of",
    "agree",
    "are_on_subject",
    "common_names",
    "fingerprint",
    "is_plausible",
    "leads_there",
    "likeness",
    "original_of",
    "shingles_of",
    "sketch_of",
    "tier_of",
]
