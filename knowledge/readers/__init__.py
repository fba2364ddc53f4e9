"""Files and pages to the text that is stored: each format in a bounded child, the author's words unchanged."""
