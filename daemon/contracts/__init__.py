"""Contracts as operators write them: read from files, compared, edited, written."""
