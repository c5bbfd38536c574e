"""Calendars in iCalendar's form: shifts read from elsewhere, and ours written down."""
