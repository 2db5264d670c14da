package evals

// Exams is the table of the suite, in order of the scorecard. A further exam is a file and a line here. Number 14, how much a
// dream is worth to an agent, is held where the agents are.
func Exams() []*Exam {
	return []*Exam{
		uniformExam(),
		collisionExam(),
		parabolaExam(),
		fallExam(),
		occlusionExam(),
		violationExam(),
		fractureExam(),
		templateExam(),
		driftExam(),
		controlExam(),
		inverseExam(),
		loopExam(),
		memoryExam(),
		textExam(),
		physicsIQExam(),
	}
}

// FindExam returns the exam of a name.
func FindExam(name string) (*Exam, bool) {
	for _, e := range Exams() {
		if e.Name == name {
			return e, true
		}
	}
	return nil, false
}
