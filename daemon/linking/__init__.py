"""Who a registered person is in a chat, confirmed by a mailed link."""
