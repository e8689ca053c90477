"""The errors of the reference: what a person got wrong, or what the suite itself did."""


class ProblemError(ValueError):
    """A convolution that is not one: the message says what was given, what is allowed, what to do."""


class TextError(ValueError):
    """A line of text that does not spell a problem or a case."""


class BlindCaseError(AssertionError):
    """A case whose numbers could not tell a wrong convolution from a right one: a defect of the suite."""
