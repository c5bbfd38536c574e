"""The running program: the only place with a clock, an event loop and concrete classes."""
