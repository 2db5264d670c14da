package evals

// Exams is the table of the suite, in order of the scorecard. A further exam is a file and a line here.
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
		useExam(),
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

// Networks is how many untrained networks, of different seeds, stand beside a candidate in the exam of surprise, which a network
// that knows nothing may pass in part by chance. In the others, where all of them fail alike, the first stands for them.
func Networks(suite Suite) int {
	if suite == Quick {
		return 2
	}
	return 5
}
