"""Identity: which addresses are one article, which texts are one text, how alike two texts are. Pure."""

from aggregator.dedupe.addresses import addresses_of, agree, is_plausible, leads_there
from aggregator.dedupe.agencies import agency_of
from aggregator.dedupe.likeness import Likeness, likeness, shared_by
from aggregator.dedupe.shingles import Shingles, shingles_of, sketch_of
from aggregator.dedupe.texts import fingerprint, is_one_site, is_same_text, is_wall
from aggregator.dedupe.tiers import MOSTLY, are_of_one_subject, are_on_subject, may_be_kin, tier_of
from aggregator.models import Tier

__all__ = [
    "MOSTLY",
    "Likeness",
    "Shingles",
    "Tier",
    "addresses_of",
    "agency_of",
    "agree",
    "are_of_one_subject",
    "are_on_subject",
    "fingerprint",
    "is_one_site",
    "is_plausible",
    "is_same_text",
    "is_wall",
    "leads_there",
    "likeness",
    "may_be_kin",
    "shared_by",
    "shingles_of",
    "sketch_of",
    "tier_of",
]
