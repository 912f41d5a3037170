"""The demo company: made through the same services that people use, so it proves them each time it is built."""
