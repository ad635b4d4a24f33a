"""The one error that a command prints as a sentence, without a traceback."""


class GraderError(Exception):
    """What was given, what is needed and what to do, in one or two sentences."""
