"""How customers and staff reach the bot: sockets, REST, pages. Each door is checked, then makes one domain call."""
