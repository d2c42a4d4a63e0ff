"""Who is next: first come, first served within an owner, round robin between owners. Pure state, no clock, no lock."""

from __future__ import annotations

from collections import OrderedDict


class FairQueue:
    """Turn ids waiting, each of one owner."""

    def __init__(self) -> None:
        self._waiting: OrderedDict[str, list[str]] = OrderedDict()  # owners in the order of their next turn

    def __len__(self) -> int:
        return sum(len(turn_ids) for turn_ids in self._waiting.values())

    def push(self, owner: str, turn_id: str) -> None:
        """Behind all that wait for the same owner."""
        self._waiting.setdefault(owner, []).append(turn_id)

    def pop(self) -> str:
        """Takes the next one. Raises KeyError when nobody waits."""
        owner, turn_ids = self._waiting.popitem(last=False)
        if len(turn_ids) > 1:
            self._waiting[owner] = turn_ids[1:]
        return turn_ids[0]

    def remove(self, turn_id: str) -> bool:
        """Takes this one out, wherever it stands. -> whether it was there."""
        for owner, turn_ids in self._waiting.items():
            if turn_id in turn_ids:
                turn_ids.remove(turn_id)
                if not turn_ids:
                    del self._waiting[owner]
                return True
        return False

    def order(self) -> list[str]:
        """All that wait, in the order in which `pop` would take them."""
        longest = max(map(len, self._waiting.values()), default=0)
        rounds = ((turn_ids[n] for turn_ids in self._waiting.values() if n < len(turn_ids)) for n in range(longest))
        return [turn_id for each_round in rounds for turn_id in each_round]

    def place_for(self, owner: str) -> int:
        """The place, from 1, that one more turn of this owner would get."""
        own = len(self._waiting.get(owner, ()))
        ahead = sum(min(len(turn_ids), own + 1) for other, turn_ids in self._waiting.items() if other != owner)
        # Owners behind this one in the rotation come later in the same round.
        owners = list(self._waiting)
        behind = owners[owners.index(owner) + 1 :] if owner in owners else []
        return 1 + own + ahead - sum(len(self._waiting[other]) > own for other in behind)
