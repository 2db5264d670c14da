// Package progress tells a waiting person how far a long job is: on a terminal as one rewritten line with a bar, a rate
// and the time to go, elsewhere (a file, a pipe, CI) as plain lines at intervals. It writes to standard error, so that
// standard output stays for results.
package progress

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"golang.org/x/term"
)

// Reporter reports one job. The zero value works: it counts up without a total. Its methods are safe for concurrent
// use; its fields are set before the first of them is called.
type Reporter struct {
	// Title stands in front, such as "collect". Default: nothing.
	Title string
	// Unit is what is counted, such as "episodes". Default: nothing.
	Unit string
	// Total is the count at which the job is done. Default: 0, unknown, which leaves out bar and time to go.
	Total int64
	// Initial is the count at the start, of a resumed job; it does not enter the rate. Default: 0.
	Initial int64
	// Interval is the time between lines where Out is not a terminal. Default: 10 s.
	Interval time.Duration
	// Out is where lines go. Default: standard error.
	Out io.Writer

	mutex   sync.Mutex
	started bool
	ended   bool
	live    bool // Out is a terminal
	columns func() int
	now     func() time.Time
	start   time.Time
	drawn   time.Time
	count   int64
	status  string
	width   int // characters of the line that stands on the terminal
}

// redraw is the least time between two drawings on a terminal.
const redraw = 100 * time.Millisecond

// Set says that count units are done.
func (r *Reporter) Set(count int64) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.begin()
	r.count = count
	r.show(false)
}

// Add says that a further n units are done.
func (r *Reporter) Add(n int64) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.begin()
	r.count += n
	r.show(false)
}

// Status sets a few words that follow the figures, such as "loss 0.031".
func (r *Reporter) Status(format string, args ...any) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.begin()
	r.status = fmt.Sprintf(format, args...)
	r.show(false)
}

// Note prints a line of its own above the progress line.
func (r *Reporter) Note(format string, args ...any) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.begin()
	r.wipe()
	fmt.Fprintf(r.Out, format+"\n", args...)
	if r.live && !r.ended {
		r.show(true)
	}
}

// Done prints the last line. Further calls do nothing.
func (r *Reporter) Done() {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.begin()
	if r.ended {
		return
	}
	r.show(true)
	if r.live {
		fmt.Fprintln(r.Out)
		r.width = 0
	}
	r.ended = true
}

// begin fills in the defaults at the first call.
func (r *Reporter) begin() {
	if r.started {
		return
	}
	r.started = true
	if r.Out == nil {
		r.Out = os.Stderr
	}
	if r.Interval <= 0 {
		r.Interval = 10 * time.Second
	}
	if r.now == nil {
		r.now = time.Now
	}
	if file, ok := r.Out.(*os.File); ok && r.columns == nil && term.IsTerminal(int(file.Fd())) {
		r.live = true
		r.columns = func() int { return terminalWidth(file) }
	}
	r.start = r.now()
	r.drawn = r.start
	r.count = r.Initial
}

// terminalWidth is the number of columns of the terminal, 80 where it does not say.
func terminalWidth(file *os.File) int {
	if width, _, err := term.GetSize(int(file.Fd())); err == nil && width > 0 {
		return width
	}
	return 80
}

// show draws the line if it is due or forced.
func (r *Reporter) show(force bool) {
	if r.ended {
		return
	}
	now, least := r.now(), r.Interval
	if r.live {
		least = redraw
	}
	if !force && now.Sub(r.drawn) < least {
		return
	}
	r.drawn = now
	if !r.live {
		fmt.Fprintln(r.Out, r.line(now, 0))
		return
	}
	line := r.line(now, r.columns()-1)
	r.wipe()
	io.WriteString(r.Out, line)
	r.width = len([]rune(line))
}

// wipe blanks the line that stands on the terminal and puts the cursor at its start.
func (r *Reporter) wipe() {
	if r.live && r.width > 0 {
		fmt.Fprintf(r.Out, "\r%s\r", strings.Repeat(" ", r.width))
		r.width = 0
	}
}

// line is the text of the moment; with columns > 0 it has a bar where there is room and is cut to that many characters.
func (r *Reporter) line(now time.Time, columns int) string {
	var parts []string
	if r.Title != "" {
		parts = append(parts, r.Title)
	}
	bar := -1
	if r.Total > 0 {
		fraction := min(max(float64(r.count)/float64(r.Total), 0), 1)
		bar = len(parts)
		parts = append(parts, fmt.Sprintf("%3.0f%%", 100*fraction), spaced(fmt.Sprintf("%d/%d", r.count, r.Total), r.Unit))
	} else {
		parts = append(parts, spaced(fmt.Sprint(r.count), r.Unit))
	}
	parts = append(parts, r.pace(now)...)
	if r.status != "" {
		parts = append(parts, r.status)
	}
	text := strings.Join(parts, "  ")
	if columns <= 0 {
		return text
	}
	if room := columns - len([]rune(text)) - 2; bar >= 0 && room >= 12 {
		drawn := barOf(float64(r.count)/float64(r.Total), min(room, 32))
		text = strings.Join(append(parts[:bar:bar], append([]string{drawn}, parts[bar:]...)...), "  ")
	}
	if letters := []rune(text); len(letters) > columns {
		return string(letters[:columns])
	}
	return text
}

// pace gives the rate, the time spent and, with a total, the time to go.
func (r *Reporter) pace(now time.Time) []string {
	spent := now.Sub(r.start)
	parts := []string{}
	rate := 0.0
	if spent > 0 && r.count > r.Initial {
		rate = float64(r.count-r.Initial) / spent.Seconds()
		parts = append(parts, rateText(rate, r.Unit))
	}
	if r.Total > r.count && rate > 0 {
		left := float64(r.Total-r.count) / rate
		return append(parts, "ETA "+durationText(time.Duration(min(left, 1e8)*float64(time.Second))))
	}
	return append(parts, durationText(spent))
}

func spaced(number, unit string) string {
	if unit == "" {
		return number
	}
	return number + " " + unit
}

// rateText reads like "3.2 clips/s"; a slow rate is told per minute or hour so that it has figures before the point.
func rateText(rate float64, unit string) string {
	per := "s"
	if rate < 0.1 {
		rate, per = rate*60, "min"
	}
	if rate < 0.1 {
		rate, per = rate*60, "h"
	}
	number := fmt.Sprintf("%.1f", rate)
	if rate >= 100 {
		number = fmt.Sprintf("%.0f", rate)
	}
	if unit == "" {
		return number + "/" + per
	}
	return number + " " + unit + "/" + per
}

// durationText reads like 42s, 3m05s or 2h07m.
func durationText(d time.Duration) string {
	seconds := int64(d.Round(time.Second) / time.Second)
	switch {
	case seconds < 60:
		return fmt.Sprintf("%ds", seconds)
	case seconds < 3600:
		return fmt.Sprintf("%dm%02ds", seconds/60, seconds%60)
	default:
		return fmt.Sprintf("%dh%02dm", seconds/3600, seconds/60%60)
	}
}

// barOf draws a fraction in so many characters, brackets included.
func barOf(fraction float64, characters int) string {
	inside := characters - 2
	full := int(min(max(fraction, 0), 1) * float64(inside))
	return "[" + strings.Repeat("=", full) + strings.Repeat(" ", inside-full) + "]"
}
