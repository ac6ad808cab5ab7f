"""The errors people see: each one sentence, never a traceback."""


class OrmprobeError(Exception):
    """The base of everything the command line prints and exits on."""

    exit_status = 3


class UsageError(OrmprobeError):
    """The call was wrong: an option, a configuration or a path that cannot be meant."""

    exit_status = 2


class LaunchError(OrmprobeError):
    """The app could not be run."""


class UnreadableError(OrmprobeError):
    """The input could not be read."""
