"""The admin, the JSON API and the command line: everything that speaks to people and machines outside."""
