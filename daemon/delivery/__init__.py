"""The outbox carried out: how fast, together, with what outcome, and who is told instead."""
