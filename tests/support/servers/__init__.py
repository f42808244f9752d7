"""Real servers on loopback: a model hub and an OpenAI-compatible chat endpoint."""
