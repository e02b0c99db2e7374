"""What is run, and the domain it acts on: organisations, documents, mentoring, road maps."""
