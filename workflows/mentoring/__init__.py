"""Mentoring: programmes, banks of participants, pairs and groups, meetings, plans, feedback."""
