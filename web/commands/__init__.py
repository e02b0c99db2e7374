"""The commands of `marshrut`, one module a noun; each holds `command`, imported only when it is called."""
