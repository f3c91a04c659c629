"""The wheels of a release, and what each of them promises: ``python -m tools.wheels``."""
