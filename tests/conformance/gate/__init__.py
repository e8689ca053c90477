"""The file of known nonconformances: read, applied, and drafted from a report."""
