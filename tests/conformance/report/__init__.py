"""The report: `verdicts.jsonl` written and read, and everything that is rendered from it."""
