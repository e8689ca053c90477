"""Faults that nobody wrote down: random changes of the index tables that define a convolution."""
