"""A site as a folder of reviewable files, in and out. Loading one grants nothing."""
