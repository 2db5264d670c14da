package evals

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
)

// Number is a figure. JSON knows no infinities: there, what is not finite is null.
type Number float64

// MarshalJSON implements json.Marshaler.
func (n Number) MarshalJSON() ([]byte, error) {
	if math.IsNaN(float64(n)) || math.IsInf(float64(n), 0) {
		return []byte("null"), nil
	}
	return json.Marshal(float64(n))
}

// UnmarshalJSON implements json.Unmarshaler: null is not a number.
func (n *Number) UnmarshalJSON(data []byte) error {
	if string(data) == "null" {
		*n = Number(math.NaN())
		return nil
	}
	return json.Unmarshal(data, (*float64)(n))
}

// Figure is one number of a measurement.
type Figure struct {
	// Scene is a scene's name, Pooled or PooledOf a kind of worlds.
	Scene string `json:"scene"`
	// Frames says which frames of a rollout it is of, such as 101-200. Default: empty, all.
	Frames string `json:"frames,omitempty"`
	// Name is such as psnr_changed, Unit such as dB; the unit of a ratio or a share is empty.
	Name  string `json:"name"`
	Unit  string `json:"unit,omitempty"`
	Value Number `json:"value"`
	// Low and High are the ends of its 95% bootstrap interval over clips, where it has one.
	Low  *Number `json:"low,omitempty"`
	High *Number `json:"high,omitempty"`
	// Min and Max are the bar, where there is one, both ends included; then Pass says whether Value clears it.
	Min  *Number `json:"min,omitempty"`
	Max  *Number `json:"max,omitempty"`
	Pass *bool   `json:"pass,omitempty"`
}

// Bar returns the bar in words, empty where there is none.
func (f Figure) Bar() string {
	switch {
	case f.Min != nil && f.Max != nil:
		return fmt.Sprintf("%g..%g", *f.Min, *f.Max)
	case f.Min != nil:
		return fmt.Sprintf(">= %g", *f.Min)
	}
	return ""
}

// passes says whether a figure clears its bar, or has none. Not a number clears nothing.
func (f Figure) passes() bool { return f.Pass == nil || *f.Pass }

// Result is what a gate measured.
type Result struct {
	// Gate is tokenizer, next, actions or rollout.
	Gate string `json:"gate"`
	// Pass says whether every figure that decides clears its bar.
	Pass bool `json:"pass"`
	// Clips counts the clips of each scene, or the rollouts.
	Clips   int      `json:"clips"`
	Figures []Figure `json:"figures"`
	// Remarks are what else is to know, a sentence each.
	Remarks []string `json:"remarks,omitempty"`
}

// Counted says what Clips counts.
func (r Result) Counted() string {
	if r.Gate == gateRollout {
		return "rollouts"
	}
	return "clips of each environment"
}

// Find returns the figure of a scene by its name.
func (r Result) Find(scene, name string) (Figure, bool) {
	for _, f := range r.Figures {
		if f.Scene == scene && f.Name == name {
			return f, true
		}
	}
	return Figure{}, false
}

// judge sets Pass by the figures that decide.
func (r *Result) judge(decides func(f Figure) bool) {
	r.Pass = len(r.Figures) > 0
	for _, f := range r.Figures {
		if decides(f) && !f.passes() {
			r.Pass = false
		}
	}
}

// remark notes the scenes whose own figures do not clear the bars; the pooled figures decide.
func (r *Result) remark() {
	var below []string
	for _, f := range r.Figures {
		if !f.pooled() && !f.passes() && (len(below) == 0 || below[len(below)-1] != f.Scene) {
			below = append(below, f.Scene)
		}
	}
	if len(below) > 0 {
		r.Remarks = append(r.Remarks, "by themselves below a bar: "+strings.Join(below, ", "))
	}
}

// kind is a figure's name with its bar. A bar's end that is not a number is none.
type kind struct {
	name, unit string
	min, max   float64
}

// plain is a kind without a bar, atLeast one with a lower end.
func plain(name, unit string) kind                  { return kind{name, unit, math.NaN(), math.NaN()} }
func atLeast(name, unit string, least float64) kind { return kind{name, unit, least, math.NaN()} }

// figure returns the figure of a kind.
func (k kind) figure(scene string, value float64) Figure {
	f := Figure{Scene: scene, Name: k.name, Unit: k.unit, Value: Number(value)}
	pass, barred := !math.IsNaN(value), false
	if !math.IsNaN(k.min) {
		f.Min, barred = number(k.min), true
		pass = pass && value >= k.min
	}
	if !math.IsNaN(k.max) {
		f.Max, barred = number(k.max), true
		pass = pass && value <= k.max
	}
	if barred {
		f.Pass = &pass
	}
	return f
}

func number(x float64) *Number {
	n := Number(x)
	return &n
}

// most is the greatest number of decibels that a figure tells; equal frames have infinitely many.
const most = 100

// decibels caps a PSNR.
func decibels(psnr float64) float64 { return min(psnr, most) }
