"""How far each category may go: up one step, on evidence, by two people; down at once."""
