"""What is remembered; `storage.store.Store` is the only door."""
