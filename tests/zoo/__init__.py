"""Plugins that break one contract each: `CODE` is the code by which the kit must turn them away, and nothing else."""
