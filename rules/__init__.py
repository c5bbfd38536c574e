"""What a message means and what is owed: values in, values out; no I/O, no clock, no loop."""
