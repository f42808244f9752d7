"""Talk to a model in a terminal: streamed, with tools under consent, and votes that become rows."""
