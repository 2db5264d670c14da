package render

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"flag"
	"fmt"
	"math"
	"os"
	"strings"
	"testing"

	"somnium/sim/voxel/block"
	"somnium/sim/voxel/fixed"
	"somnium/sim/voxel/grid"
	"somnium/sim/voxel/item"
)

var update = flag.Bool("update", false, "write the golden files anew")

const goldenFile = "testdata/pictures.golden"

// herd returns entities about a camera, one of them right ahead.
func herd(c Camera) []Entity {
	x, y, z := fixed.Look(c.Yaw, c.Pitch)
	ahead := func(blocks int) (int, int, int) { return c.X + x*blocks>>14, c.Y + y*blocks>>14, c.Z + z*blocks>>14 }
	list := []Entity{
		{Instance: 7, Boxes: Quadruped(block.RGB{92, 66, 50}, block.RGB{214, 206, 196})},
		{Instance: 9, Boxes: Biped(block.RGB{48, 110, 150}, block.RGB{92, 142, 78}, false, true), Hurt: true},
		{Instance: 300, Boxes: Dropped(block.RGB{220, 60, 60})},
		{Instance: 301, Boxes: Shaft(block.RGB{120, 92, 62}, block.RGB{230, 230, 230})},
	}
	for i := range list {
		e := &list[i]
		e.X, e.Y, e.Z = ahead(3 + 2*i)
		e.Y -= fixed.One
		e.Yaw = i * 5000
	}
	return list
}

// everything is a scene with all there is.
func everything(g *grid.Grid, c Camera) *Scene {
	hud := &Hud{Crosshair: true, Hotbar: true, Selected: 3, Health: 13, Food: 20}
	for i := range hud.Slots {
		hud.Slots[i] = Slot{item.Kind(5 * i), i * 7}
	}
	return &Scene{
		Grid: g, Camera: c, Time: c.X & 0xffff, Entities: herd(c), Outline: true, Hand: &Hand{Item: item.IronAxe, Swing: 2}, Hud: hud,
		Dig: Dig{X: fixed.Block(c.X), Y: fixed.Block(c.Y) - 2, Z: fixed.Block(c.Z), Stage: 6},
	}
}

func allBuffers(o Options) *Buffers {
	n := o.Height * o.Width
	return &Buffers{
		RGB: make([]uint8, 3*n), Depth: make([]float32, n), DepthFixed: make([]uint16, n), Segmentation: make([]uint8, n), Instances: make([]uint16, n),
	}
}

func TestGoldenPictures(t *testing.T) {
	var got bytes.Buffer
	g := grid.New(8, hills)
	for _, o := range []Options{
		{Height: 64, Width: 64}, {Height: 64, Width: 64, Textured: true}, {Height: 48, Width: 80, Textured: true, FieldOfView: 90}, {Height: 90, Width: 35, Distance: 24},
	} {
		r, buffers := open64(t, o), allBuffers(o)
		for i, c := range stands(8) {
			hash := sha256.New()
			r.Frame(buffers, everything(g, c))
			if err := binary.Write(hash, binary.LittleEndian, buffers.RGB); err != nil {
				t.Fatal(err)
			}
			for _, part := range []any{buffers.Depth, buffers.DepthFixed, buffers.Segmentation, buffers.Instances} {
				if err := binary.Write(hash, binary.LittleEndian, part); err != nil {
					t.Fatal(err)
				}
			}
			fmt.Fprintf(&got, "%dx%d textured %v camera %d %x\n", o.Height, o.Width, o.Textured, i, hash.Sum(nil)[:12])
		}
	}
	if *update {
		if err := os.WriteFile(goldenFile, got.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(goldenFile)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got.Bytes(), want) {
		t.Errorf("pictures are not those of %s:\n%s", goldenFile, got.String())
	}
}

func TestAnyNumberOfThreadsGivesTheSamePicture(t *testing.T) {
	g := grid.New(8, hills)
	for _, textured := range []bool{false, true} {
		var first []uint8
		for _, threads := range []int{1, 2, 3, 8} {
			o := Options{Height: 150, Width: 130, Textured: textured, Threads: threads}
			r, buffers := open64(t, o), allBuffers(o)
			for _, c := range stands(3) {
				r.Frame(buffers, everything(g, c))
			}
			if first == nil {
				first = buffers.RGB
			} else if !bytes.Equal(first, buffers.RGB) {
				t.Errorf("%d threads give another picture", threads)
			}
		}
	}
}

func TestAFrameAllocatesNothing(t *testing.T) {
	g := grid.New(8, hills)
	for _, textured := range []bool{false, true} {
		o := Options{Height: 64, Width: 64, Textured: textured}
		r, buffers := open64(t, o), allBuffers(o)
		scenes := []*Scene{everything(g, stands(8)[0]), everything(g, stands(8)[4])}
		var visible Visible
		i := 0
		step := func() {
			i++
			s := scenes[i&1]
			g.Set(fixed.Block(s.Camera.X)+3, 40, fixed.Block(s.Camera.Z), block.Kind(i/2%2)*block.Torch)
			r.Frame(buffers, s)
			r.Visible(&visible)
		}
		for range 8 {
			step()
		}
		if n := testing.AllocsPerRun(20, step); n != 0 {
			t.Errorf("textured %v: a frame allocates %v times", textured, n)
		}
	}
}

func TestImpossibleOptionsAreTold(t *testing.T) {
	for _, c := range []struct {
		o    Options
		want string
	}{
		{Options{Height: 15}, "the height is 15; it must be from 16 to 1024"},
		{Options{Width: 1025}, "the width is 1025"},
		{Options{Distance: 7}, "the view distance is 7"},
		{Options{FieldOfView: 179}, "the field of view is 179"},
		{Options{Threads: -1}, "the number of threads is -1"},
	} {
		if _, err := New(c.o); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: the error is %v", c.o, err)
		}
	}
}

func TestAnySizeAndAspect(t *testing.T) {
	g := grid.New(16, hills)
	for i, size := range [][2]int{{16, 16}, {1024, 32}, {32, 1024}, {37, 211}, {300, 301}} {
		o := Options{Height: size[0], Width: size[1], Distance: 64, FieldOfView: 30 + 20*i, Textured: i == 3}
		r, buffers := open64(t, o), allBuffers(o)
		for _, c := range stands(2) {
			r.Frame(buffers, everything(g, c))
			shown := map[[3]uint8]bool{}
			for p := 0; p < len(buffers.RGB); p += 3 {
				shown[[3]uint8(buffers.RGB[p:])] = true
			}
			if len(shown) < 8 {
				t.Errorf("a picture of %v has only %d colours", size, len(shown))
			}
		}
	}
}

// lawn is level ground: grass up to height 9, and a wall of bricks 3 high along z = 6.
func lawn(c *grid.Chunk) {
	for i := range c.Blocks {
		y, z := i>>8, c.Z*grid.Side+i>>4&15
		c.Blocks[i] = block.Air
		if y < 10 {
			c.Blocks[i] = block.Grass
		} else if y < 13 && z == 6 {
			c.Blocks[i] = block.Bricks
		}
	}
}

// onLawn looks south from 0.5, 0.5 at the height of eyes.
var onLawn = Camera{X: fixed.One / 2, Y: 10*fixed.One + fixed.One*162/100, Z: fixed.One / 2}

func TestDepthAndPickAreThoseOfTheWall(t *testing.T) {
	g := grid.New(8, lawn)
	o := Options{Height: 64, Width: 64}
	r, buffers := open64(t, o), allBuffers(o)
	r.Frame(buffers, &Scene{Grid: g, Camera: onLawn, Time: fixed.One / 2})
	for j := range 64 {
		p := 30*64 + j
		if math.Abs(float64(buffers.Depth[p])-5.5) > 0.01 || buffers.Segmentation[p] != uint8(block.Bricks) {
			t.Fatalf("column %d: depth %v, %v", j, buffers.Depth[p], block.Kind(buffers.Segmentation[p]))
		}
		if math.Abs(float64(buffers.DepthFixed[p])/512-5.5) > 0.01 {
			t.Fatalf("column %d: fixed depth %v", j, buffers.DepthFixed[p])
		}
	}
	pick := r.Pick(g, onLawn, 6)
	if pick.Distance = math.Round(pick.Distance*100) / 100; pick != (Pick{true, 0, 11, 6, block.Bricks, 0, 0, -1, 5.5}) {
		t.Errorf("the pick is %+v", pick)
	}
	if near := r.Pick(g, onLawn, 5); near.Hit {
		t.Errorf("the pick reaches too far: %+v", near)
	}
	down := onLawn
	down.Pitch = 9000
	if pick := r.Pick(g, down, 6); pick.Y != 9 || pick.FaceY != 1 || pick.Kind != block.Grass {
		t.Errorf("the pick of the ground is %+v", pick)
	}
}

func TestHiddenEntitiesAreCounted(t *testing.T) {
	g := grid.New(8, lawn)
	r := open64(t, Options{})
	cow := Quadruped(block.RGB{92, 66, 50}, block.RGB{214, 206, 196})
	var visible Visible
	see := func(z int, others ...Entity) EntityView {
		entities := append([]Entity{{Instance: 5, X: fixed.One / 2, Y: 10 * fixed.One, Z: z * fixed.One, Boxes: cow}}, others...)
		buffers := allBuffers(Options{Height: 64, Width: 64})
		r.Frame(buffers, &Scene{Grid: g, Camera: onLawn, Time: fixed.One / 2, Entities: entities})
		r.Visible(&visible)
		count := 0
		for _, instance := range buffers.Instances {
			if instance == 5 {
				count++
			}
		}
		if count != visible.Entities[0].Visible {
			t.Errorf("the mask has %d pixels, the count %d", count, visible.Entities[0].Visible)
		}
		return visible.Entities[0]
	}
	if v := see(4); v.Hidden() != 0 || v.Visible < 50 {
		t.Errorf("a cow before the wall: %+v", v)
	}
	if v := see(8); v.Hidden() != 1 || v.Covered < 20 {
		t.Errorf("a cow behind the wall: %+v", v)
	}
	if v := see(-4); v.Covered != 0 || v.Hidden() != 1 {
		t.Errorf("a cow behind the eye: %+v", v)
	}
	half := Entity{Instance: 6, X: 0, Y: 10 * fixed.One, Z: 3 * fixed.One, Boxes: []Box{{Low: [3]int{-fixed.One, 0, 0}, High: [3]int{fixed.One / 2, 2 * fixed.One, fixed.One / 8}}}}
	if v := see(5, half); v.Hidden() < 0.2 || v.Hidden() > 0.8 {
		t.Errorf("a cow half behind a board: %+v", v)
	}
	if sum := visible.Sky + visible.Kinds[block.Bricks] + visible.Kinds[block.Grass] + visible.Entities[0].Visible + visible.Entities[1].Visible; sum != visible.Pixels {
		t.Errorf("%d of %d pixels are counted", sum, visible.Pixels)
	}
}

func TestTorchesLightTheNight(t *testing.T) {
	g := grid.New(8, lawn)
	r := open64(t, Options{})
	brightness := func() (sum int) {
		buffers := allBuffers(Options{Height: 64, Width: 64})
		r.Frame(buffers, &Scene{Grid: g, Camera: onLawn})
		for _, v := range buffers.RGB {
			sum += int(v)
		}
		return sum
	}
	dark := brightness()
	g.Set(2, 10, 4, block.Torch)
	lit := brightness()
	g.Set(2, 10, 4, block.Air)
	if lit < dark*3/2 || brightness() != dark {
		t.Errorf("brightness %d in the dark, %d by a torch, %d after it", dark, lit, brightness())
	}
}

func TestEntitiesShowNowhereOutsideTheirFrame(t *testing.T) {
	g := grid.New(8, lawn)
	r := open64(t, Options{Height: 50, Width: 70, FieldOfView: 100})
	r.Frame(&Buffers{}, &Scene{Grid: g, Camera: onLawn})
	shown := 0
	for i := range 300 {
		place := func(salt, span int) int { return int(mix(i, salt, 0, 77)%uint32(span*fixed.One)) - span*fixed.One/2 }
		list := herd(Camera{X: place(0, 12), Y: 12*fixed.One + place(1, 12), Z: place(2, 12), Yaw: place(3, 1) % fixed.Turn})
		e := r.see(&list[i%len(list)])
		frames, whole := make([]frame, len(e.Boxes)), make([]frame, len(e.Boxes))
		all := r.frames(&e, frames)
		for i := range whole {
			whole[i] = frame{0, 0, 49, 69}
		}
		for row := range 50 {
			for column := range 70 {
				dx, dy, dz := r.tracer.ray(row, column)
				d := e.turn(dx, dy, dz)
				box, face, _ := e.nearest(d, whole, row, column)
				if face == 0 {
					continue
				}
				shown++
				if !frames[box].holds(row, column) || !all.holds(row, column) {
					t.Fatalf("box %d of entity %d shows in row %d, column %d, outside %v", box, i, row, column, frames[box])
				}
			}
		}
	}
	if shown < 1000 {
		t.Errorf("only %d pixels showed anything", shown)
	}
}
