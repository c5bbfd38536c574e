"""How anything gets in and out; no channel knows another, the storage, or the daemon."""
