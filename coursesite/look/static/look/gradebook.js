// Keys of the gradebook; everything works without them.
