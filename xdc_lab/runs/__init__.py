"""What a run leaves behind: its folder, its checkpoint and the record of its environment."""
