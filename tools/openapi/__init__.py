"""OpenAPI documents as a start for declarations: read, never trusted, never used at run time."""
