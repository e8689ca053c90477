"""The suite an adapter faces: corpus, runner, report, pytest plugin, command line."""
