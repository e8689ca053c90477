"""Raw random bits keyed by a case's text, the same on every machine and NumPy version.

They come from a counter-based generator (Philox 4x64: J. Salmon et al., "Parallel random numbers: as easy as 1, 2, 3",
SC11, 2011), through its raw words: no library function that a release or a processor may round differently stands in
between.
"""

import hashlib

import numpy as np
import numpy.typing as npt

from convformance.reference.case import Case

UInt32 = npt.NDArray[np.uint32]


def raw_bits(case: Case, role: str, count: int) -> UInt32:
    """Give `count` raw 32-bit words, a function of the case's text and `role` alone.

    Parameters
    ----------
    case : Case
        Its text is the key.
    role : str
        What the words are for; another role gives independent words.
    count : int
        How many.

    Returns
    -------
    array of uint32, shape ``(count,)``
        Uniform words: the halves of the generator's 64-bit words, the lower half first.
    """
    digest = hashlib.sha256(f"{case}/{role}".encode()).digest()
    generator = np.random.Philox(key=int.from_bytes(digest[:16], "little"))
    words = generator.random_raw((count + 1) // 2).astype("<u8", copy=False)
    return words.view("<u4")[:count].astype(np.uint32, copy=False)
