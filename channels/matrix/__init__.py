"""Matrix: what customers write in it comes in, receipts and answers go out by it."""
