"""What is shipped, and what the README says of it."""
