"""Offers of paid work: the link that names one, and the page on which a customer decides."""
