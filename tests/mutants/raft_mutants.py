"""Six classic mistakes in Raft, each made in a copy of the rules, and what catches it.

Run as a script it prints, for each, which property broke and how soon::

    PYTHONPATH=tests python -m mutants.raft_mutants
"""

from __future__ import annotations

import sys

from systems.raft_harness import Edit, Group, load, sweep
from systems.raft_properties import Broken

_QUORUM = '''def quorum(bits, peers):
    """Whether a set of peers, bit by bit, is more than half of all peers, up or not."""
    count = np.int64(0)
    for peer in range(peers):
        count += (bits >> peer) & 1
    return 2 * count > peers
'''

_QUORUM_OF_THE_LIVING = '''def quorum(bits, peers, office, match_index):
    """Whether a set of peers is more than half of those that are up."""
    count = np.int64(0)
    living = np.int64(0)
    for peer in range(peers):
        count += (bits >> peer) & 1
        living += match_index[office, peer, peer] >= 0
    return 2 * count > living
'''

_FAILED = "    commit_index[office, peer] = log_base[office, peer]\n"
_FORGOT = "        match_index[office, peer, to] = 0\n"
_TOOK = "    mail[office, sender, peer, _DUE] = 0\n    if term >"
_MINE = "match_index[office, peer, peer]"
_HIGHER = "    if term > election_term[office, peer]"


def _peers(old: str, new: str) -> Edit:
    return Edit("raft_peers", old, new)


MUTANTS = {
    "vote twice in a term": (_peers("and (vote == 0 or vote == 1 + sender)", "and vote >= 0"),),
    "forget votes on restart": (
        _peers(
            "def fail_peer(\n    office, peer, ", "def fail_peer(\n    office, peer, voted_for, "
        ),
        _peers(_FAILED, f"{_FAILED}    voted_for[office, peer] = 0\n"),
        Edit("raft", "office, peer, peer_rank, ", "office, peer, voted_for, peer_rank, ", times=2),
        Edit("raft_kernels", "0, peer, state[2], ", "0, peer, state[1], state[2], "),
    ),
    "commit an old term's entry by count": (
        _peers("(quorum(bits, peers) and entry_term == own)", "quorum(bits, peers)"),
    ),
    # A peer that is down is known by a mark in its own place of its own row of match_index.
    "quorum of the living": (
        _peers(_QUORUM, _QUORUM_OF_THE_LIVING),
        _peers("(quorum(bits, peers) and", "(quorum(bits, peers, office, match_index) and"),
        _peers(
            "if quorum(votes, election_term.shape[1])",
            "if quorum(votes, election_term.shape[1], office, match_index)",
        ),
        _peers(f"{_FORGOT}\n\n", f"{_FORGOT}    {_MINE} = -1\n\n\n"),
        _peers(_TOOK, f"    {_MINE} = max(0, {_MINE})\n{_TOOK}"),
    ),
    "no log check in votes": (
        _peers("        and (mark > mine or (mark == mine and index >= last))\n", ""),
    ),
    "leader ignores a higher term": (
        _peers(
            f"{_HIGHER}:\n",
            f"{_HIGHER} and peer_rank[office, peer] == _LEADER:\n        return\n{_HIGHER}:\n",
        ),
    ),
}
"""Name of the mistake, and the edits that make it. An edit that no longer applies is an error."""


def hunt(group: Group, schedules: int = 20_000) -> dict[str, tuple[int, Broken]]:
    """Return by search the first bad schedule, or -1, or the states seen; and what broke."""
    found = {}
    for peers in (3, 5):
        result = sweep(group, schedules, peers=peers)
        found[f"{peers} peers"] = (result.schedule, result.broken)
    explored = group.raft_explorer.explore(terms=2, proposals=1, failures=2, limit=100_000)
    found["exploration"] = (explored.states, Broken(explored.broken))
    return found


def main() -> None:
    """Print what every mistake, and none at all, leads to."""
    for name, edits in {"none": (), **MUTANTS}.items():
        sys.stdout.write(f"{name}\n")
        for search, (at, broken) in hunt(load(edits)).items():
            sys.stdout.write(f"  {search:12} {broken.name.lower():22} at {at}\n")


if __name__ == "__main__":
    main()
