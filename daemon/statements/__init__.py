"""Statements: a customer's month, gathered, and written for people and spreadsheets."""
