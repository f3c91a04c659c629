"""Programs for developers of the package; none of them is installed."""
