"""Document kinds and rules of places, one package each, through the same door as a stranger's plugin."""
