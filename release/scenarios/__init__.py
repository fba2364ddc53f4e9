"""Written expectations of the bot: read, made from articles, asked and judged. The record stays untouched."""
