"""What is done with a document: fetched as a file, mailed, read again."""
