"""The engine: knows nothing of schools, Flask or the names of documents."""
