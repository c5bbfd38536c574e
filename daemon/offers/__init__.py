"""Paid work, offered and decided."""
