"""What changes grades: computing them, setting scores, CSV. Every door calls these."""
