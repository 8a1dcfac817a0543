"""The calendar of releases."""
