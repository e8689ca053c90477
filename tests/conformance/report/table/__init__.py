"""The table of all engines: one corpus, unchanged, against everybody, and what it cost."""
