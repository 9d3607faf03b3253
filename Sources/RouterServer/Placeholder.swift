// (this target's first file)
