"""What is in the images of our own."""
