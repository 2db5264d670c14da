// Package structure reads and holds small structures of blocks: what is to be built, and what stands about in the worlds of
// tasks.
//
// A structure is a text. Lines name blocks by a letter, then draw the layers from the bottom up, each row of a layer from
// west to east and the rows from north to south; a dot is air, # begins a comment:
//
//	name arch
//	block P planks
//	layer
//	P.P
//	layer
//	P.P
//	layer
//	PPP
package structure

import (
	"embed"
	"fmt"
	"path"
	"strings"

	"somnium/sim/voxel/block"
)

// Structure is a box of blocks.
type Structure struct {
	Name string
	// X, Y and Z are its extents in blocks, 1..MaxSide each.
	X, Y, Z int
	// Blocks holds the kinds, at (y*Z + z)*X + x.
	Blocks []block.Kind
}

// MaxSide is the greatest extent of a structure.
const MaxSide = 16

// At returns the kind at a place within the structure.
func (s *Structure) At(x, y, z int) block.Kind { return s.Blocks[(y*s.Z+z)*s.X+x] }

// Solid returns the number of blocks that are not air.
func (s *Structure) Solid() int {
	n := 0
	for _, k := range s.Blocks {
		if k != block.Air {
			n++
		}
	}
	return n
}

// Count returns how many blocks of a kind there are.
func (s *Structure) Count(kind block.Kind) int {
	n := 0
	for _, k := range s.Blocks {
		if k == kind {
			n++
		}
	}
	return n
}

// parser is a text being read.
type parser struct {
	Structure
	letters map[byte]block.Kind
	layers  [][]string
}

// Parse reads a structure. An error names the line and what is wrong with it.
func Parse(text string) (*Structure, error) {
	p := parser{letters: map[byte]block.Kind{'.': block.Air}}
	for i, line := range strings.Split(text, "\n") {
		line, _, _ = strings.Cut(line, "#")
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		if err := p.line(line); err != nil {
			return nil, fmt.Errorf("structure: line %d, %q: %w", i+1, line, err)
		}
	}
	return p.finish()
}

// line reads one line.
func (p *parser) line(line string) error {
	fields := strings.Fields(line)
	switch fields[0] {
	case "name":
		if len(fields) != 2 {
			return fmt.Errorf("a name is one word")
		}
		p.Name = fields[1]
		return nil
	case "block":
		return p.letter(fields)
	case "layer":
		p.layers = append(p.layers, nil)
		return nil
	}
	if len(p.layers) == 0 {
		return fmt.Errorf("this is no name, block or layer, and a row must follow a layer line")
	}
	for _, letter := range []byte(line) {
		if _, ok := p.letters[letter]; !ok {
			return fmt.Errorf("the letter %q stands for no block; name it with a line like: block %c planks", letter, letter)
		}
	}
	last := &p.layers[len(p.layers)-1]
	*last = append(*last, line)
	return nil
}

// letter gives a letter its block.
func (p *parser) letter(fields []string) error {
	if len(fields) != 3 || len(fields[1]) != 1 {
		return fmt.Errorf("it must read: block LETTER NAME")
	}
	letter := fields[1][0]
	if _, taken := p.letters[letter]; taken {
		return fmt.Errorf("the letter %q is taken", letter)
	}
	kind, err := block.Parse(fields[2])
	p.letters[letter] = kind
	return err
}

// finish checks that all layers are of one size, and lays the blocks out.
func (p *parser) finish() (*Structure, error) {
	s := &p.Structure
	if s.Name == "" {
		return nil, fmt.Errorf("structure: there is no line that names it, such as: name arch")
	}
	s.Y = len(p.layers)
	if s.Y == 0 || len(p.layers[0]) == 0 {
		return nil, fmt.Errorf("structure: %s has no layers with rows", s.Name)
	}
	s.Z, s.X = len(p.layers[0]), len(p.layers[0][0])
	if max(s.X, s.Y, s.Z) > MaxSide {
		return nil, fmt.Errorf("structure: %s is %d x %d x %d blocks; at most %d along each axis will do", s.Name, s.X, s.Y, s.Z, MaxSide)
	}
	for y, layer := range p.layers {
		if len(layer) != s.Z {
			return nil, fmt.Errorf("structure: layer %d of %s has %d rows, the first has %d", y+1, s.Name, len(layer), s.Z)
		}
		for z, row := range layer {
			if len(row) != s.X {
				return nil, fmt.Errorf("structure: row %d in layer %d of %s has %d blocks, the first has %d", z+1, y+1, s.Name, len(row), s.X)
			}
			for _, letter := range []byte(row) {
				s.Blocks = append(s.Blocks, p.letters[letter])
			}
		}
	}
	if s.Solid() == 0 {
		return nil, fmt.Errorf("structure: %s is all air", s.Name)
	}
	return s, nil
}

//go:embed files/*.txt
var files embed.FS

// All returns the structures that come with the project, by the order of their files' names.
func All() ([]*Structure, error) {
	entries, err := files.ReadDir("files")
	if err != nil {
		return nil, fmt.Errorf("structure: %w", err)
	}
	var all []*Structure
	for _, entry := range entries {
		text, err := files.ReadFile(path.Join("files", entry.Name()))
		if err != nil {
			return nil, fmt.Errorf("structure: %w", err)
		}
		s, err := Parse(string(text))
		if err != nil {
			return nil, fmt.Errorf("structure: %s: %w", entry.Name(), err)
		}
		all = append(all, s)
	}
	return all, nil
}
