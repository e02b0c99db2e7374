"""Road maps: shipped plans as data, their deadlines, and what taking one into work means."""
