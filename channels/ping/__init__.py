"""Pings: the link that names one, and the page on which one of us says "I have it"."""
