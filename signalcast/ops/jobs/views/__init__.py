"""The pages of jobs, one concept a file."""
