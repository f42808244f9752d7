"""The decision between two stages: keep the tuned adapter or go back to the last good one."""
