"""What every room here builds on: who moved something, what was asked of scenarios, what is wrong with a file."""
