package stage

// Limit sets how many bytes the timeline may hold with its branches, and Bytes returns how many it does.
func (s *Stage) Limit(bytes int) { s.most = bytes }
func (s *Stage) Bytes() int {
	return fork{moments: s.moments, keyframes: s.keyframes, forks: s.forks}.bytes()
}
