"""Tickets: requests that come over HTTP, by a customer's system or by a form."""
