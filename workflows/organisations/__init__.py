"""Scopes, people, memberships, the access policy, profiles and names."""
