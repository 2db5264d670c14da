package rigid

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// describe names a body: "a large red disc".
func describe(b *body) string {
	size := sizeWord(b.radius())
	return fmt.Sprintf("a %s %s disc", size, b.paint.name)
}

// some names discs together: "a red and a blue disc".
func some(discs []*body) string {
	var list []string
	for _, b := range discs {
		list = append(list, article(b.paint.name))
	}
	return enumerate(list) + " disc"
}

// enumerate joins names: "a red, a green and a blue".
func enumerate(names []string) string {
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	last := len(names) - 1
	return strings.Join(names[:last], ", ") + " and " + names[last]
}

// article puts "a" or "an" before a noun or what stands before it.
func article(noun string) string {
	if strings.ContainsRune("aeiou", rune(noun[0])) {
		return "an " + noun
	}
	return "a " + noun
}

// sizeWord tells a radius, in units, as a word.
func sizeWord(radius float64) string {
	switch {
	case radius < 0.75:
		return "small"
	case radius < 1.1:
		return "medium-sized"
	}
	return "large"
}

// motion says how a body moves: "moves slowly to the right".
func motion(b *body) string {
	v := b.velocity()
	speed := v.Length()
	if speed < 0.1 {
		return "is at rest"
	}
	how := " "
	switch {
	case speed < 1.5:
		how = " slowly "
	case speed >= 3.5:
		how = " fast "
	}
	return "moves" + how + direction(v.X, v.Y)
}

// direction tells a velocity's direction as one of eight.
func direction(x, y float64) string {
	// A direction has a part along an axis where it is within 67.5 degrees of it.
	least := math.Hypot(x, y) * math.Sin(math.Pi/8)
	var along, upright string
	switch {
	case x >= least:
		along = "to the right"
	case x <= -least:
		along = "to the left"
	}
	switch {
	case y >= least:
		upright = "up"
	case y <= -least:
		upright = "down"
	}
	switch {
	case along == "":
		return upright
	case upright == "":
		return along
	}
	return upright + " and " + along
}

// whereabouts says where in the picture a body is: "at the top left".
func (w *world) whereabouts(b *body) string {
	if !w.inFrame(b) {
		return "out of the picture"
	}
	p := b.position()
	row := [...]string{"bottom", "", "top"}[third(p.Y, w.height)]
	column := [...]string{"left", "", "right"}[third(p.X, w.width)]
	switch {
	case row == "" && column == "":
		return "in the middle"
	case row == "":
		return "at the " + column
	case column == "":
		return "at the " + row
	}
	return "at the " + row + " " + column
}

// side says on which third of the picture, from left to right, a body is.
func (w *world) side(b *body) string {
	return [...]string{"on the left", "in the middle", "on the right"}[third(b.position().X, w.width)]
}

// third returns in which third of the extent x lies: 0, 1 or 2.
func third(x, extent float64) int {
	return min(max(int(3*x/extent), 0), 2)
}

// gravityWord tells a downward acceleration, in units per second squared, in words.
func gravityWord(g float64) string {
	switch {
	case g == 0:
		return "no gravity"
	case g < 3:
		return "low gravity"
	case g < 6:
		return "medium gravity"
	}
	return "high gravity"
}

// bounceWord tells a restitution in a word.
func bounceWord(e float64) string {
	switch {
	case e < 0.4:
		return "dull"
	case e < 0.8:
		return "somewhat bouncy"
	}
	return "bouncy"
}

// number writes a small number out.
func number(n int) string {
	names := [...]string{"no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"}
	if n < len(names) {
		return names[n]
	}
	return strconv.Itoa(n)
}

// sentences makes one text of clauses, each a sentence.
func sentences(clauses ...string) string {
	var text strings.Builder
	for i, clause := range clauses {
		if i > 0 {
			text.WriteByte(' ')
		}
		text.WriteString(strings.ToUpper(clause[:1]))
		text.WriteString(clause[1:])
		text.WriteByte('.')
	}
	return text.String()
}
