"""What a policy means for people: in words and in a picture, what to ask them, what would have helped."""
