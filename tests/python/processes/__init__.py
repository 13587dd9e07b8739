"""Programs that the tests run in fresh processes, where `__main__` and the heap are theirs alone."""
