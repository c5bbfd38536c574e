"""Identities in chats: the link that names one, and the page on which its person says "mine"."""
