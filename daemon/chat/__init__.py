"""Requests in chats: the doors as configured, cards, and what stands behind their buttons."""
