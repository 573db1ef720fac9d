"""What is personal, for how long is it kept, and how does it go: by age, or since somebody asked."""
