package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

const lanes = 8 // floats in a vector

// loop writes a function over vectors of float32 of one length. Eight elements
// are a vector; what remains at the end is one vector more under a mask, whose
// other lanes read as 0 and are not written.
type loop struct {
	name, doc string
	loads     []string        // the vectors that are read, in the order of the arguments of body
	stores    []string        // the vectors that are written, in the order of the results of body
	scalars   []string        // the numbers, broadcast as constants by these names
	extra     string          // one more argument, as Go declares it
	reduces   bool            // the function returns what finish makes of the sums
	unroll    int             // vectors of an iteration, default 1
	prepare   func(w *writer) // sets constants and sums up, default nothing
	body      func(w *writer, x []reg.VecVirtual) []reg.VecVirtual
	finish    func(w *writer) reg.VecVirtual
}

// writer is the function that is being written.
type writer struct {
	*build.Context
	constants map[string]reg.VecVirtual
	sums      []reg.VecVirtual
	unrolled  int            // the vector of the iteration, which sum to use
	mask      reg.VecVirtual // of the last vector, nil before it
	remaining reg.Register   // elements
	offset    reg.Register   // bytes done
	pointers  map[string]reg.Register
}

// emit writes the function.
func (l *loop) emit(c *build.Context) {
	l.unroll = max(l.unroll, 1)
	start(c, l.name, l.signature(), lines(l.doc)...)
	w := &writer{Context: c, constants: map[string]reg.VecVirtual{}, pointers: map[string]reg.Register{}}
	for _, name := range l.vectors() {
		w.pointers[name] = c.Load(c.Param(name).Base(), c.GP64())
	}
	w.remaining = c.Load(c.Param(l.vectors()[0]).Len(), c.GP64())
	for _, name := range l.scalars {
		x := c.YMM()
		at, err := c.Param(name).Resolve()
		if err != nil {
			panic(err)
		}
		c.VBROADCASTSS(at.Addr, x)
		w.constants[name] = x
	}
	if l.prepare != nil {
		l.prepare(w)
	}
	w.offset = c.GP64()
	c.XORQ(w.offset, w.offset)
	if l.unroll > 1 {
		l.blocks(w, "wide", l.unroll)
	}
	l.blocks(w, "vector", 1)
	l.tail(w)
	if l.reduces {
		c.Store(l.finish(w).AsX(), c.ReturnIndex(0))
	}
	c.VZEROUPPER()
	c.RET()
}

func lines(doc string) []string { return strings.Split(doc, "\n") }

// vectors lists the arguments that are slices: the destinations first.
func (l *loop) vectors() []string {
	names := append([]string{}, l.stores...)
	for _, n := range l.loads {
		if !slices.Contains(names, n) {
			names = append(names, n)
		}
	}
	return names
}

func (l *loop) signature() string {
	s := strings.Join(l.vectors(), ", ") + " []float32"
	if len(l.scalars) > 0 {
		s += ", " + strings.Join(l.scalars, ", ") + " float32"
	}
	if l.extra != "" {
		s += ", " + l.extra
	}
	if l.reduces {
		return fmt.Sprintf("func(%s) float32", s)
	}
	return fmt.Sprintf("func(%s)", s)
}

// blocks writes the loop over count whole vectors at a time.
func (l *loop) blocks(w *writer, label string, count int) {
	w.CMPQ(w.remaining, operand.Imm(uint64(count*lanes)))
	w.JL(operand.LabelRef(label + "End"))
	w.Label(label)
	for u := range count {
		w.unrolled = u
		x := make([]reg.VecVirtual, len(l.loads))
		for i, name := range l.loads {
			x[i] = w.YMM()
			w.VMOVUPS(w.at(name, u), x[i])
		}
		for i, y := range l.body(w, x) {
			w.VMOVUPS(y, w.at(l.stores[i], u))
		}
	}
	if count*lanes*4 < 128 {
		w.ADDQ(operand.Imm(uint64(count*lanes*4)), w.offset)
	} else {
		w.ADDQ(operand.U32(uint32(count*lanes*4)), w.offset)
	}
	w.SUBQ(operand.Imm(uint64(count*lanes)), w.remaining)
	w.CMPQ(w.remaining, operand.Imm(uint64(count*lanes)))
	w.JGE(operand.LabelRef(label))
	w.Label(label + "End")
}

// tail writes the last vector, of 1 to 7 elements.
func (l *loop) tail(w *writer) {
	w.TESTQ(w.remaining, w.remaining)
	w.JZ(operand.LabelRef("end"))
	w.mask = w.YMM()
	table := w.GP64()
	w.LEAQ(maskTable(w.Context), table)
	w.SHLQ(operand.Imm(2), w.remaining)
	w.SUBQ(w.remaining, table)
	w.VMOVUPS(operand.Mem{Base: table, Disp: 32}, w.mask)
	w.unrolled = 0
	x := make([]reg.VecVirtual, len(l.loads))
	for i, name := range l.loads {
		x[i] = w.YMM()
		w.VMASKMOVPS(w.at(name, 0), w.mask, x[i])
	}
	for i, y := range l.body(w, x) {
		w.VMASKMOVPS(y, w.mask, w.at(l.stores[i], 0))
	}
	w.Label("end")
}

// at is vector u of the iteration.
func (w *writer) at(name string, u int) operand.Mem {
	return operand.Mem{Base: w.pointers[name], Index: w.offset, Scale: 1, Disp: 4 * lanes * u}
}

// maskTables holds the mask table of each file.
var maskTables = map[*build.Context]operand.Mem{}

// maskTable is eight words of ones and eight of zeros: the mask of n elements
// begins at word 8-n.
func maskTable(c *build.Context) operand.Mem {
	if _, ok := maskTables[c]; !ok {
		data := c.StaticGlobal("masks")
		c.DataAttributes(attrReadOnly)
		for i := range 2 * lanes {
			word := operand.U32(0)
			if i < lanes {
				word = 0xffffffff
			}
			c.AppendDatum(word)
		}
		maskTables[c] = data
	}
	return maskTables[c]
}

// constant broadcasts a number once and keeps it in a register.
func (w *writer) constant(name string, bits operand.Constant) {
	x := w.YMM()
	w.VBROADCASTSS(w.ConstData(name, bits), x)
	w.constants[name] = x
}

// zeroSums sets count sums to 0.
func (w *writer) zeroSums(count int) {
	for range count {
		x := w.YMM()
		w.VXORPS(x, x, x)
		w.sums = append(w.sums, x)
	}
}

// sum is the sum that belongs to this vector of the iteration.
func (w *writer) sum() reg.VecVirtual { return w.sums[w.unrolled%len(w.sums)] }

// combine reduces the sums to lane 0 by an operation of two vectors.
func (w *writer) combine(op func(...operand.Op)) reg.VecVirtual {
	for n := len(w.sums); n > 1; n /= 2 {
		for i := range n / 2 {
			op(w.sums[i+n/2], w.sums[i], w.sums[i])
		}
	}
	total, other := w.sums[0], w.YMM()
	w.VEXTRACTF128(operand.Imm(1), total, other.AsX())
	op(other.AsX(), total.AsX(), total.AsX())
	w.VPERMILPS(operand.Imm(0x4e), total.AsX(), other.AsX())
	op(other.AsX(), total.AsX(), total.AsX())
	w.VPERMILPS(operand.Imm(0xb1), total.AsX(), other.AsX())
	op(other.AsX(), total.AsX(), total.AsX())
	return total
}
