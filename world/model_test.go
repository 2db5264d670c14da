package world

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"

	"somnium/env"
	"somnium/internal/ckpt"
	"somnium/internal/nn"
	"somnium/world/flow"
	"somnium/world/weights"
)

// weightsOf returns all parameters of a model, statistics included.
func weightsOf(m *Model) []*nn.Param {
	return slices.Concat(m.Tokenizer.Params.All(), m.Tokenizer.Stats.All(), m.Dynamics.Params.All())
}

func TestPresets(t *testing.T) {
	names := Presets()
	if !slices.IsSorted(names) || !slices.Contains(names, "tiny") || !slices.Contains(names, "small") {
		t.Errorf("the presets are %v", names)
	}
	for _, name := range names {
		m, err := New(name, 1)
		if err != nil {
			t.Fatal(err)
		}
		if m.Info.Preset != name || m.Info.Version != version || m.Info.Tokenizer != m.Tokenizer.Config || m.Info.Dynamics != m.Dynamics.Config {
			t.Errorf("%s says of itself %+v", name, m.Info)
		}
	}
	if _, err := New("huge", 1); err == nil || !strings.Contains(err.Error(), "base, large, medium, small, small-memory, tiny") {
		t.Errorf("a preset that there is not: %v", err)
	}
	a, b, c := weightsOf(newModel(t)), weightsOf(newModel(t)), []*nn.Param(nil)
	other, err := New("tiny", 2)
	if err != nil {
		t.Fatal(err)
	}
	c = weightsOf(spoil(t, other))
	for i := range a {
		if !slices.Equal(a[i].Data, b[i].Data) {
			t.Errorf("%s differs between two models of one seed", a[i].Name)
		}
	}
	if slices.Equal(a[0].Data, c[0].Data) {
		t.Error("two seeds give the same weights")
	}
}

// Save and Open bring back the metadata and every weight, rounded to bf16; saving what was opened writes the same bytes.
func TestSaveAndOpen(t *testing.T) { ofEveryKind(t, saveAndOpen) }

func saveAndOpen(t *testing.T, m *Model) {
	m.Info.Environments, m.Info.TokenizerSteps, m.Info.DynamicsClips = []string{"RigidCatch-v0"}, 12, 34
	m.Tokenizer.Stats.All()[0].Data[3] = 0.123456
	dir := t.TempDir()
	path, again := filepath.Join(dir, "model.safetensors"), filepath.Join(dir, "again.safetensors")
	if err := m.Save(path); err != nil {
		t.Fatal(err)
	}
	got, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got.Info, m.Info) {
		t.Errorf("the metadata came back as %+v", got.Info)
	}
	want := weightsOf(m)
	for i, p := range weightsOf(got) {
		for j, v := range p.Data {
			if rounded := ckpt.FromBF16(ckpt.ToBF16(want[i].Data[j])); v != rounded {
				t.Fatalf("%s[%d] came back as %g, want %g", p.Name, j, v, rounded)
			}
		}
	}
	if err := got.Save(again); err != nil {
		t.Fatal(err)
	}
	first, err := os.ReadFile(path)
	second, err2 := os.ReadFile(again)
	if err != nil || err2 != nil || !bytes.Equal(first, second) {
		t.Errorf("saving an opened model writes other bytes: %v, %v", err, err2)
	}
}

// encode returns a checkpoint of the model as bytes, after a change to its content.
func encode(t testing.TB, m *Model, change func(f *ckpt.File)) []byte {
	t.Helper()
	file, err := m.File()
	if err != nil {
		t.Fatal(err)
	}
	if change != nil {
		change(file)
	}
	var b bytes.Buffer
	if err := ckpt.Encode(&b, file, ckpt.SaveOptions{BF16: true}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// withInfo returns a change that replaces the metadata's numbers.
func withInfo(t testing.TB, info Info) func(f *ckpt.File) {
	text, err := json.Marshal(info)
	if err != nil {
		t.Fatal(err)
	}
	return func(f *ckpt.File) { f.Metadata[metadataKey] = string(text) }
}

// What a file holds beside the model, the state of an optimiser for example, is no fault.
func TestOpenIgnoresWhatIsNotOfTheModel(t *testing.T) {
	m, err := build(minute(), 1)
	if err != nil {
		t.Fatal(err)
	}
	data := encode(t, m, func(f *ckpt.File) {
		f.Tensors = append(f.Tensors, ckpt.Tensor{Name: "optimizer/step", DType: ckpt.I64, Shape: []int{1}, I64: []int64{3}})
		f.Metadata["else"] = "anything"
	})
	file, err := ckpt.DecodeBytes(data)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := FromFile(file, "test"); err != nil {
		t.Error(err)
	}
}

// Whatever is wrong with a file, Open says what, and of which file.
func TestOpenErrors(t *testing.T) {
	m, err := build(minute(), 1)
	if err != nil {
		t.Fatal(err)
	}
	good := encode(t, m, nil)
	info := func(change func(i *Info)) []byte {
		i := minute()
		change(&i)
		return encode(t, m, withInfo(t, i))
	}
	text := func(s string) []byte { return encode(t, m, func(f *ckpt.File) { f.Metadata[metadataKey] = s }) }
	for name, c := range map[string]struct {
		data []byte
		want string
	}{
		"empty":             {nil, "safetensors"},
		"not safetensors":   {[]byte("PK\x03\x04 this is a zip file of some kind, and not a small one"), "safetensors"},
		"cut short":         {good[:len(good)-10], "cut short"},
		"without metadata":  {encode(t, m, func(f *ckpt.File) { f.Metadata = nil }), "not a world model"},
		"other metadata":    {encode(t, m, func(f *ckpt.File) { f.Metadata = map[string]string{"format": "pt"} }), "not a world model"},
		"not JSON":          {text("version 1"), "metadata"},
		"JSON of a list":    {text("[1]"), "metadata"},
		"null":              {text("null"), "version 0"},
		"another version":   {info(func(i *Info) { i.Version = 2 }), "version 2"},
		"latents differ":    {info(func(i *Info) { i.Tokenizer.Latent = 5 }), "latent"},
		"wider":             {info(func(i *Info) { i.Dynamics.Width *= 2 }), "weights"},
		"narrower":          {info(func(i *Info) { i.Dynamics.Hidden /= 2 }), "shape"},
		"a negative size":   {info(func(i *Info) { i.Tokenizer.Fine = -1 }), "fine"},
		"an enormous size":  {info(func(i *Info) { i.Dynamics.Vocabulary = math.MaxInt }), "vocabulary"},
		"enormous together": {info(func(i *Info) { i.Dynamics.Width, i.Dynamics.Layers = 1<<13, 1<<8 }), "weights"},
		"more than it has":  {info(func(i *Info) { i.Dynamics.Vocabulary = 1 << 20 }), "weights"},
		"a tensor missing":  {encode(t, m, func(f *ckpt.File) { f.Tensors = f.Tensors[1:] }), "weights"},
		"a tensor renamed":  {encode(t, m, func(f *ckpt.File) { f.Tensors[0].Name = "other" }), "tokenizer/params/encoder/patch/weight"},
	} {
		path := filepath.Join(t.TempDir(), "w.safetensors")
		if err := os.WriteFile(path, c.data, 0o644); err != nil {
			t.Fatal(err)
		}
		_, err := Open(path)
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), path) || !strings.HasPrefix(err.Error(), "world: ") {
			t.Errorf("%s: the error is %v, want one of that file with %q", name, err, c.want)
		}
	}
	for _, path := range []string{"no-such-preset", filepath.Join(t.TempDir(), "none.safetensors"), "", t.TempDir()} {
		if _, err := Open(path); err == nil || !strings.HasPrefix(err.Error(), "world: ") {
			t.Errorf("Open(%q) returns %v", path, err)
		}
	}
}

// allocated runs f and returns how much memory it asked for.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// No metadata make FromFile take more memory than a small multiple of the file.
func TestHostileSizesAreRefusedBeforeAnythingIsMade(t *testing.T) {
	m, err := build(minute(), 1)
	if err != nil {
		t.Fatal(err)
	}
	limits := []int{1, 2, 4, 8, 1 << 8, 1 << 10, 1 << 12, 1 << 13, 1 << 15, 1 << 20}
	for _, size := range limits {
		info := minute()
		info.Tokenizer.Latent, info.Dynamics.Latent = min(size, 1<<10), min(size, 1<<10)
		info.Tokenizer.Fine, info.Tokenizer.Coarse = min(size, 1<<12), min(size, 1<<12)
		info.Dynamics.Width, info.Dynamics.Hidden = min(4*size, 1<<13), min(size, 1<<15)
		info.Dynamics.Layers, info.Dynamics.TimeEvery = min(size, 1<<8), min(size, 1<<8)
		info.Dynamics.Vocabulary, info.Dynamics.Actions = min(size, 1<<20), min(size, 1<<12)
		if size <= 2 {
			info.Dynamics.Vocabulary = 1 << 20
		}
		for _, with := range []*flow.Config{nil, {Width: min(size, 1<<12), Hidden: min(size, 1<<14), Blocks: min(size, 1<<8), Flows: min(size, 8), Actions: info.Dynamics.Actions}} {
			info.Flow = with
			refused(t, m, info)
		}
	}
	for _, hostile := range []flow.Config{
		{Width: 1 << 12, Hidden: 1, Blocks: 1, Flows: 1, Actions: 3}, {Width: 8, Hidden: 8, Blocks: 1, Flows: 9, Actions: 3},
		{Width: -1, Hidden: 8, Blocks: 1, Flows: 1, Actions: 3}, {Width: 8, Hidden: 8, Blocks: 1, Flows: 1, Actions: 4}, {},
	} {
		info := minute()
		info.Flow = &hostile
		refused(t, m, info)
	}
}

// refused expects an error from the metadata, and next to no memory taken.
func refused(t *testing.T, m *Model, info Info) {
	t.Helper()
	data := encode(t, m, withInfo(t, info))
	file, err := ckpt.DecodeBytes(data)
	if err != nil {
		t.Fatal(err)
	}
	got := allocated(func() { _, err = FromFile(file, "hostile") })
	if err == nil || got > 1<<20 {
		t.Errorf("%+v: %d bytes were allocated, and the error is %v", info, got, err)
	}
}

// FuzzFromFile: no checkpoint makes the reader panic or take much memory, and a model that is opened can dream. The fuzzer is
// given the metadata, and a number to write somewhere in a sound file's bytes, which is what it finds its way with; raw bytes
// are the fuzz target's of package ckpt.
func FuzzFromFile(f *testing.F) {
	m, err := build(minute(), 1)
	if err != nil {
		f.Fatal(err)
	}
	good := encode(f, m, nil)
	f.Add("", uint32(0), uint64(len(good)))
	f.Add("", uint32(9), uint64(0))
	for _, change := range []func(i *Info){
		func(*Info) {}, func(i *Info) { i.Version = 9 }, func(i *Info) { i.Dynamics.Layers = 3 }, func(i *Info) { i.Dynamics.Heads = 2 },
		func(i *Info) { i.Dynamics.Window = 1 << 12 }, func(i *Info) { i.Dynamics.TimeEvery = 5 }, func(i *Info) { i.Tokenizer.CoarseBlocks = 1 << 8 },
		func(i *Info) {
			i.Flow = &flow.Config{Width: 1, Hidden: 1, Blocks: 1, Flows: 1, Actions: i.Dynamics.Actions}
		},
	} {
		info := minute()
		change(&info)
		text, err := json.Marshal(info)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text), uint32(len(good)), uint64(1))
	}
	f.Add(`{"version":1,"tokenizer":{"latent":1e3},"dynamics":null}`, uint32(0), uint64(0))
	f.Fuzz(func(t *testing.T, metadata string, at uint32, number uint64) {
		data := append(bytes.Clone(good), make([]byte, 8)...)
		binary.LittleEndian.PutUint64(data[int(at)%(len(good)+1):], number)
		file, err := ckpt.DecodeBytes(data[:len(good)])
		if err != nil {
			return
		}
		if metadata != "" {
			file.Metadata = map[string]string{metadataKey: metadata}
		}
		var opened *Model
		if n := allocated(func() { opened, err = FromFile(file, "fuzz") }); n > 4<<20 {
			t.Errorf("metadata of %d bytes took %d bytes", len(metadata), n)
		}
		if err != nil {
			return
		}
		if _, err := NewSession(opened, SessionOptions{Height: 8, Width: 8}); err != nil {
			t.Errorf("a model that was opened cannot dream: %v", err)
		}
	})
}

// Every embedded checkpoint opens by its name, is of the preset of that name, small, in bf16 and without an optimiser's state,
// and can dream; no other name is taken for one.
func TestEmbeddedWeights(t *testing.T) {
	const mostBytes = 15_000_000
	for _, name := range weights.Names() {
		data, _ := weights.Embedded(name)
		file, err := ckpt.DecodeBytes(data)
		if err != nil || len(data) > mostBytes {
			t.Fatalf("%s has %d bytes, and %d are the most: %v", name, len(data), mostBytes, err)
		}
		for _, tensor := range file.Tensors {
			if tensor.DType != ckpt.BF16 || !strings.HasPrefix(tensor.Name, "tokenizer/") && !strings.HasPrefix(tensor.Name, "dynamics/") {
				t.Errorf("%s holds %s as %v", name, tensor.Name, tensor.DType)
			}
		}
		m, err := Open(name)
		if err != nil {
			t.Fatal(err)
		}
		if m.Info.Preset != name || len(m.Info.Environments) == 0 || m.Info.DynamicsSteps == 0 {
			t.Errorf("%s says of itself %+v", name, m.Info)
		}
		if _, err := NewSession(m, SessionOptions{}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, name := range []string{"", "weights", "../weights/weights", "tiny.safetensors"} {
		if _, ok := weights.Embedded(name); ok {
			t.Errorf("%q is taken for embedded weights", name)
		}
	}
}

func TestSimulatorsOfAModel(t *testing.T) {
	info := Info{Environments: []string{"RigidPush-v0", "RigidCatch-v0?height=32&width=32", "RigidCatch-v0", "RigidCatch-v0?gravity=5"}}
	if got, want := info.Simulators(), []string{"RigidCatch-v0", "RigidPush-v0"}; !slices.Equal(got, want) {
		t.Errorf("the model was trained on %v, want %v", got, want)
	}
	if got := (Info{}).Simulators(); len(got) != 0 {
		t.Errorf("a fresh model was trained on %v", got)
	}
}

func TestUnknownWords(t *testing.T) {
	info := Info{Words: []string{"a", "ball", "red"}}
	if got := info.Unknown("A red  zeppelin, a Ball; zeppelin - ... x"); !slices.Equal(got, []string{"zeppelin", "x"}) {
		t.Errorf("the unknown words are %q", got)
	}
	if got := (Info{}).Unknown("anything"); got != nil {
		t.Errorf("a model that does not say its words does not know %q", got)
	}
}

// A dream goes by the words that the model was told, and by no others: they neither turn nor weaken what is known.
func TestDreamsGoByKnownWords(t *testing.T) {
	m := newModel(t)
	m.Info.Words = []string{"a", "ball", "falls", "red"}
	for caption, parts := range map[string][]string{
		"A red ball - falls": {"a red ball - falls"}, "a red zeppelin": {"a red"}, "a zeppelin, red ball": {"a", "red ball"}, "zeppelin": nil, "": nil,
	} {
		var want []int
		for _, part := range parts {
			want = append(want, m.Dynamics.Config.Words(part)...)
		}
		if got := m.words(caption); !slices.Equal(got, want) {
			t.Errorf("%q has the ids %v, want those of %q, %v", caption, got, parts, want)
		}
	}
	s := newSession(t, m, SessionOptions{Height: 16, Width: 16, Steps: 1})
	begin := func(caption string) []byte {
		frame, err := s.Prime(env.Context{Height: 16, Width: 16, Caption: caption}, three, 1)
		if err != nil {
			t.Fatal(err)
		}
		return bytes.Clone(frame)
	}
	if !bytes.Equal(begin("a red ball"), begin("zeppelin, a red ball")) {
		t.Error("a word that the model does not know changes the dream")
	}
	if bytes.Equal(begin("a red ball"), begin("zeppelin")) {
		t.Error("the words that the model knows change nothing")
	}
}
