"""The ten questions before customers see an agent: what the system itself knows of each, read live, never written."""
