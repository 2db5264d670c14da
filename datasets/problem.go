package datasets

import "fmt"

// Problem is a place in a shard that cannot be read.
type Problem struct {
	// File is the path of the shard or index.
	File string
	// Record is the number of the record in its shard, -1 where it is not known.
	Record int
	// Offset is where the record starts, in bytes.
	Offset int64
	// Harmless says that nothing finished is lost: this is the unfinished end that a killed writer leaves, or an index
	// that is out of date. The next writer mends it.
	Harmless bool
	// Err is what is wrong.
	Err error
}

// Error tells file, record, offset, what is wrong and what to do.
func (p *Problem) Error() string {
	where := p.File
	if p.Record >= 0 {
		where += fmt.Sprintf(": record %d", p.Record)
	}
	where += fmt.Sprintf(" at byte %d", p.Offset)
	if p.Harmless {
		return fmt.Sprintf("datasets: %s: %v; no finished episode is lost, and the next writer mends it", where, p.Err)
	}
	return fmt.Sprintf("datasets: %s: %v; `somnium data verify` lists what is damaged, and with --repair drops it", where, p.Err)
}

// Unwrap returns what is wrong.
func (p *Problem) Unwrap() error { return p.Err }
