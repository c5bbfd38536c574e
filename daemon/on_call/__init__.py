"""Who is on call, from the configuration, commands and calendars; where nobody will be."""
