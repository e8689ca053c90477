"""The cases, as lines of text that anyone can read and count; the modules beside them say how they were chosen.

Each ``.txt`` file is one origin: a line a case, ``#`` begins a remark. ``nox -s corpus`` writes them anew.
"""

import hashlib
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Final

QUICK: Final = (
    "targeted",
    "covering",
    "covering-undilated",
    "resnet-50",
    "vgg-16",
    "mobilenet-v2",
)
FULL: Final = (
    *QUICK,
    "targeted-others",
    "covering-1d",
    "covering-3d",
    "covering-depthwise",
    "covering-depthwise-1d",
    "covering-4",
    "covering-4-large",
    "covering-4-blocks",
    "mobilenet-v2-depthwise",
    "wavenet",
    "c3d",
    "inception-v3",
    "efficientnet-b0",
)
TIERS: Final = {"quick": QUICK, "full": FULL}
NETWORKS: Final = (
    "resnet-50",
    "vgg-16",
    "mobilenet-v2",
    "mobilenet-v2-depthwise",
    "wavenet",
    "c3d",
    "inception-v3",
    "efficientnet-b0",
)


@cache
def load(tier: str) -> Mapping[str, str]:
    """Give the cases of a tier.

    Parameters
    ----------
    tier : "quick" or "full"
        ``full`` holds all of ``quick``.

    Returns
    -------
    mapping of str to str
        The text of each case to its origin, the name of its file; a case of several origins has the first.
    """
    found: dict[str, str] = {}
    for origin in TIERS[tier]:
        for line in (files(__package__) / f"{origin}.txt").read_text(encoding="ascii").splitlines():
            if line and not line.startswith("#"):
                found.setdefault(line, origin)
    return MappingProxyType(found)


def corpus_id(cases: Iterable[str], photo_digest: str) -> str:
    """Name a set of cases: equal sets on equal pixels have equal names.

    Parameters
    ----------
    cases : iterable of str
        Their texts, in any order.
    photo_digest : str
        The digest of the photograph's pixels.

    Returns
    -------
    str
        Sixteen hexadecimal digits.
    """
    return hashlib.sha256("\n".join([photo_digest, *sorted(cases)]).encode()).hexdigest()[:16]
