"""What pages, command line and API show, read from the store alone."""
