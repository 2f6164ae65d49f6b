"""What the rules decide about an event, and the writes of their actions."""
