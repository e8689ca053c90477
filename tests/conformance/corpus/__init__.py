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
    "covering-1d",
    "covering-3d",
    "covering-depthwise",
    "covering-transposed-2d",
    "covering-dtypes-2d",
    "pairs-depthwise-1d",
    "pairs-gradients-1d",
    "pairs-gradients-2d",
    "pairs-gradients-3d",
    "pairs-gradients-depthwise-1d",
    "pairs-gradients-depthwise-2d",
    "pairs-transposed-1d",
    "pairs-transposed-3d",
    "pairs-separable-1d",
    "pairs-separable-2d",
    "pairs-dtypes-1d",
    "pairs-dtypes-3d",
    "pairs-modes-1d",
    "pairs-modes-2d",
    "pairs-modes-3d",
    "covering-memory",
    "special-values",
    "edges",
    "found",
    "thin",
    "blind-spots",
    "laws",
    "states",
    "validation",
    "resnet-50",
    "mobilenet-v2",
)
FULL: Final = (
    *QUICK,
    "targeted-others",
    "covering-undilated",
    "covering-depthwise-1d",
    "covering-gradients-1d",
    "covering-gradients-2d",
    "covering-gradients-3d",
    "covering-gradients-depthwise-1d",
    "covering-gradients-depthwise-2d",
    "covering-transposed-1d",
    "covering-transposed-3d",
    "covering-separable-1d",
    "covering-separable-2d",
    "covering-dtypes-1d",
    "covering-dtypes-3d",
    "covering-modes-1d",
    "covering-modes-2d",
    "covering-modes-3d",
    "covering-4",
    "covering-4-large",
    "covering-4-blocks",
    "covering-4-gradients-2d",
    "covering-4-gradients-3d",
    "covering-4-transposed-1d",
    "covering-4-transposed-2d",
    "covering-4-transposed-3d",
    "covering-4-depthwise",
    "covering-4-dtypes-2d",
    "covering-4-modes-2d",
    "covering-4-separable-2d",
    "covering-4-memory",
    "covering-4-gradients-1d",
    "covering-4-gradients-depthwise-2d",
    "vgg-16",
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
