"""DOOR: JSON. Parses, calls one action, renders. No query, no rule, no key."""
