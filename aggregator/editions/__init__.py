"""Editions: a digest made for its moment, once, and brought to every place it is for.

    due_slot      when an edition is due: the last moment of its schedule, if none was made for that
    compile_wanted  archive → Digest
    make_edition  compile, render every form, record all of it in one transaction
    post_letters  take what is recorded to where it goes; what fails is tried again

Rules of this room: it is handed the archive, the clock and what it needs of the settings (`Press`). What can be
promised is promised by the order of two steps: everything that will be sent is in the archive before anything is
sent, and is marked as sent only when it has arrived. `docs/digest.md` says what follows from that for each place.
"""

from aggregator.editions.contents import Wanted, compile_wanted
from aggregator.editions.due import Slot, due_slot, is_late, period_of, wanted_edition, zone_of
from aggregator.editions.making import file_name, make_edition, write_form
from aggregator.editions.posting import Posted, post_letters
from aggregator.editions.press import Press

__all__ = [
    "Posted",
    "Press",
    "Slot",
    "Wanted",
    "compile_wanted",
    "due_slot",
    "file_name",
    "is_late",
    "make_edition",
    "period_of",
    "post_letters",
    "wanted_edition",
    "write_form",
    "zone_of",
]
