"""What happened, as figures with how many each rests on, and what falls or calls for somebody by itself."""
