"""Readers of formats: bytes -> `Source`. Each is one small file."""
