"""A finished run as a page: losses, tool calls, the gate's decisions, samples."""
