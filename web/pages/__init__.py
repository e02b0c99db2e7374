"""Pages: one module a noun, each with its blueprint `page`, found by itself."""
