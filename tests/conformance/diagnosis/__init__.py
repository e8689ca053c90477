"""What is wrong with an adapter: its name, where it shows, the smallest case, and a script that shows it."""
