"""What customers get now: the frozen snapshot, what each category may do, what is paused, what stands against it."""
