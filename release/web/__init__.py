"""The staff's pages and REST of releases. Each form makes one domain call and says what came of it."""
