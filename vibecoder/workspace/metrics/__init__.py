"""Numbers that tell how easy code is to read, in Python, Rust, TypeScript and Go."""
