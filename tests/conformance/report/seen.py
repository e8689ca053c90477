"""What a failure is called that no named fault explains: what was seen of it, in a few words.

A refusal is called by the framework's own words. A framework wraps them: in the name of the exception, of the operation
and of the device, in colours, in the arguments of the call. `own_words` cuts that off, and `titles` takes two refusals
for one where what is left names the same things (the similarity of sets of words: P. Jaccard, "The distribution of the
flora in the alpine zone", New Phytologist 11, 1912). What is wrapped in an unknown way stays as it is.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Final, NamedTuple

from convformance.reference.directions import FORWARD, INVALID, LAWS, STATES
from convformance.tests.conformance.verdicts import Verdict

LONGEST: Final = 100
"""So many characters of a framework's words stand in a title."""
ALIKE: Final = 0.6
"""Two refusals say the same where they share so much of the words that count in either."""
COMPARED: Final = 100
"""A refusal is compared with so many others; an adapter that never says the same twice would cost the square."""
SENTENCE: Final = 4
"""A sentence of fewer words says too little to stand alone."""

_WRAPPING: Final = (
    r"\x1b?\[[0-9;]*m",  # colours, whose first character may be lost
    r"\{\{(?:function_)?node [^}]*\}\}",  # TensorFlow: the node and its device
    r"\[Op:\w*\](?: *name:.*)?",  # TensorFlow: the operation and its name
    r"Exception encountered when calling [\w.]+\(\)\.",  # Keras: the layer
    r"Arguments received by .*",  # Keras: what it was called with
)
_TYPE: Final = re.compile(r"([A-Za-z_][\w.]*): ")
_WORD: Final = re.compile(r"[^\W_][\w'-]*")
_NAME: Final = re.compile(r".*\d|[A-Z]?[a-z]+[A-Z]")
"""A word with a digit, or with capitals inside: an operation, a type or a number."""
_ENDING: Final = re.compile(r"(?:ions?|ings?|ed|(?<!a)e?s|e)$")
_SAYS_LITTLE: Final = (
    "a all an and any are at be but by can cannot cpu current currently do does doesn't don't for gpu implementation",
    "in invalid is it must not of on only or should support than that the this to unimplemented unsupported was were",
    "when with yet you",
)
"""What stands in any refusal: whether something is not supported, or only something else is, is one statement."""
_PARAMETERS: Final = frozenset({"bias", "dilat", "group", "pad", "padd", "strid"})
"""Words of which none may stand in one of two refusals alone."""


class _Refusal(NamedTuple):
    """The name of an exception, or nothing, and the framework's own words."""

    kind: str
    words: str

    @property
    def title(self) -> str:
        """What it is called: too few words need the name of the exception."""
        named = self.kind and len(self.words.split()) < SENTENCE
        return _shortened(f"{self.kind}: {self.words}" if named else self.words)


def own_words(detail: str) -> str:
    """Cut a framework's own sentence out of what it is wrapped in.

    Parameters
    ----------
    detail : str
        What a verdict says of an exception: its name, a colon, and its message on one line.

    Returns
    -------
    str
        The first sentence of the message; with the name of the exception where it has less than `SENTENCE` words.
    """
    return _refusal(detail).title


def title_of(verdict: Verdict) -> str:
    """Say what was seen of one nonconformance.

    Parameters
    ----------
    verdict : Verdict
        One that does not conform.

    Returns
    -------
    str
        A title; equal for nonconformances that were seen to be the same.
    """
    if verdict.title:
        return verdict.title
    if verdict.verdict == "crashed":
        return "no answer within the time limit" if verdict.detail.startswith("no answer") else "a process crash"
    if verdict.verdict == "accepted":
        return f"an answer where an error is right: {INVALID.get(verdict.direction, 'the problem is none')}"
    said = None if verdict.verdict == "rejected" else _title_of_answer(verdict)
    return said or own_words(verdict.detail) or verdict.verdict


def titles(verdicts: Iterable[Verdict]) -> dict[tuple[str, str], str]:
    """Say what was seen of several nonconformances, in one way of what is the same.

    Parameters
    ----------
    verdicts : iterable of Verdict
        Those that do not conform and that no fault explains.

    Returns
    -------
    dict
        The title by adapter and case: refusals of an adapter that say the same have that of the most frequent one.
    """
    found: dict[tuple[str, str], str] = {}
    refused: defaultdict[str, dict[str, _Refusal]] = defaultdict(dict)
    for verdict in verdicts:
        if verdict.verdict == "rejected" and not verdict.title:
            refused[verdict.adapter][verdict.case] = _refusal(verdict.detail)
        else:
            found[verdict.adapter, verdict.case] = title_of(verdict)
    for adapter, by_case in refused.items():
        firsts = _firsts(list(by_case.values()))
        found |= {(adapter, case): firsts[refusal].title or "rejected" for case, refusal in by_case.items()}
    return found


def _title_of_answer(verdict: Verdict) -> str | None:
    """Say what is wrong with what came back, where the judge says it in one of its usual ways."""
    head, _, rest = verdict.detail.partition(": ")
    what = "output" if verdict.direction == FORWARD else verdict.direction
    alone = " asked alone" * head.endswith("asked alone")
    if law := LAWS.get(verdict.direction) or STATES.get(verdict.direction):
        return f"does not hold: {law}"
    if head in ("shape", "dtype"):
        return f"{what} of the wrong {head}"
    if " elements " in (rest if alone else head):
        return f"wrong values in {'the ' * (what == 'output')}{what}{alone}"
    return head if head.endswith("asked again") else None


def _firsts(refusals: Sequence[_Refusal]) -> dict[_Refusal, _Refusal]:
    """Give for each refusal the most frequent one that says the same."""
    firsts: dict[_Refusal, _Refusal] = {}
    compared: list[_Refusal] = []
    for refusal, _ in sorted(Counter(refusals).items(), key=lambda one: (-one[1], one[0])):
        firsts[refusal] = next((first for first in compared if _same(first, refusal)), refusal)
        if firsts[refusal] is refusal and len(compared) < COMPARED:
            compared.append(refusal)
    return firsts


@lru_cache(maxsize=2**12)
def _refusal(detail: str) -> _Refusal:
    for pattern in _WRAPPING:
        detail = re.sub(pattern, " ", detail)
    kind = _TYPE.match(detail)
    sentences = re.split(r"\.\s+(?=[A-Z])", (detail if kind is None else detail[kind.end() :]).strip())
    count = next((n for n in range(1, len(sentences)) if len(". ".join(sentences[:n]).split()) >= SENTENCE), None)
    words = " ".join(". ".join(sentences[:count]).split()).removesuffix(".")
    return _Refusal("" if kind is None else kind[1], words)


def _same(one: _Refusal, other: _Refusal) -> bool:
    """Tell whether two refusals say the same: equal but for numbers, or alike in what they name."""
    if one.kind != other.kind:
        return False
    mine, theirs = _content(one.words), _content(other.words)
    if not mine or not theirs or (mine ^ theirs) & _PARAMETERS:
        return mine == theirs and re.sub("[0-9]+", "#", one.words) == re.sub("[0-9]+", "#", other.words)
    return len(mine & theirs) >= ALIKE * len(mine | theirs)


@lru_cache(maxsize=2**12)
def _content(words: str) -> frozenset[str]:
    """Give the words that say what is refused, without their endings."""
    kept = (word for word in _WORD.findall(words) if not _NAME.match(word))
    return frozenset(_stem(word) for word in kept if _stem(word) not in _STEMS_THAT_SAY_LITTLE)


def _stem(word: str) -> str:
    stem = _ENDING.sub("", word.lower())
    return stem if len(stem) > 2 else word.lower()


_STEMS_THAT_SAY_LITTLE: Final = frozenset(_stem(word) for line in _SAYS_LITTLE for word in line.split())


def _shortened(text: str) -> str:
    """Cut a title between two words."""
    return text if len(text) <= LONGEST else f"{text[:LONGEST].rsplit(' ', 1)[0]}..."
