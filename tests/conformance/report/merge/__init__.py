"""Shards and adapters that ran apart, put together into one report."""
