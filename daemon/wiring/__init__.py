"""The daemon put together: its doors, its ways out, and all between them."""
