"""Two reports, compared."""
