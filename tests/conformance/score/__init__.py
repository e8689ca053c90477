"""The suite judged: how many faults it catches and names, and how many those catch that one might use instead."""
