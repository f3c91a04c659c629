"""What several tests share: archives made on the spot, and strategies that make up more."""
