"""What the queues hold and what their processes do: live, over time, and by hand."""
