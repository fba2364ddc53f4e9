"""The content owners' pages and REST. Each form makes one call and says what came of it."""
