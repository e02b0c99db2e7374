"""Maps as files: what the reader reads back. `paper` says what is printed, the others print it."""
