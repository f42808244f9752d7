"""Words what users and the assistant say around the work: wordings, voices, skills."""
