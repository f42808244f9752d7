"""What a run leaves behind: where runs are, their metrics, the versions they were made with."""
