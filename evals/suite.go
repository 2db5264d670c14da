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

// edition counts the changes of what all exams have in common by which their figures mean something else, or their questions are others.
// It is raised by hand with every such change. Of a change to a single exam its Version is.
const edition = 2

// Edition tells a result of this exam's code from those of earlier and later code.
func (e *Exam) Edition() int { return edition + e.Version }

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
