package env

import (
	"errors"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
)

// stub is an environment that never ends and remembers how it was made.
type stub struct {
	id     string
	cfg    Config
	closed bool
}

func (s *stub) Spec() Spec {
	return Spec{ID: s.id, Observation: Frame(s.cfg.Height, s.cfg.Width), Action: Discrete{N: 2}, FPS: 1, MaxEpisodeSteps: 5}
}
func (s *stub) Reset(ResetOptions) (Value, error) { return Value{}, nil }
func (s *stub) Step(Value) (Step, error)          { return Step{}, nil }
func (s *stub) Close() error                      { s.closed = true; return nil }

// registration returns that of a stub.
func registration(id string) Registration {
	return Registration{
		ID: id, Doc: "a stub",
		New:             func(cfg Config) (Env, error) { return &stub{id: id, cfg: cfg}, nil },
		Params:          []Param{{Name: "gravity", Doc: "units per second squared", Default: 3, Min: 1, Max: 10}},
		MaxEpisodeSteps: 5,
	}
}

func newRegistry(ids ...string) *registry {
	r := &registry{}
	for _, id := range ids {
		r.register(registration(id))
	}
	return r
}

func TestMake(t *testing.T) {
	r := newRegistry("Catch-v0", "Catch-v2", "Catch-v10", "Push-v0")
	tests := []struct {
		name, id string
		cfg      Config
		limit    int
	}{
		{"Push-v0", "Push-v0", Config{Height: 64, Width: 64}, 5},
		{"Push", "Push-v0", Config{Height: 64, Width: 64}, 5},
		{"Catch", "Catch-v10", Config{Height: 64, Width: 64}, 5},
		{"Catch-v2", "Catch-v2", Config{Height: 64, Width: 64}, 5},
		{"Push?height=48&gravity=10", "Push-v0", Config{Height: 48, Width: 64, Params: map[string]float64{"gravity": 10}}, 5},
		{"Push?max_episode_steps=9", "Push-v0", Config{Height: 64, Width: 64, MaxEpisodeSteps: 9}, 9},
		{"Push?max_episode_steps=0", "Push-v0", Config{Height: 64, Width: 64, MaxEpisodeSteps: NoTimeLimit}, 0},
	}
	for _, test := range tests {
		e, err := r.makeEnv(test.name)
		if err != nil {
			t.Errorf("%s: %v", test.name, err)
			continue
		}
		made, _ := As[*stub](e)
		if made.id != test.id || !reflect.DeepEqual(made.cfg, test.cfg) {
			t.Errorf("%s makes %s with %+v, want %s with %+v", test.name, made.id, made.cfg, test.id, test.cfg)
		}
		if got := e.Spec().MaxEpisodeSteps; got != test.limit {
			t.Errorf("%s has the time limit %d, want %d", test.name, got, test.limit)
		}
		if got := lengthOf(t, e, 20); got != test.limit {
			t.Errorf("an episode of %s lasts %d steps, want %d", test.name, got, test.limit)
		}
	}
}

// lengthOf returns the length of an episode, or 0 where it goes on for longer than most.
func lengthOf(t *testing.T, e Env, most int) int {
	if _, err := e.Step(Int(0)); !errors.Is(err, ErrNotReset) {
		t.Errorf("Step before Reset gives %v", err)
	}
	e.Reset(ResetOptions{})
	for i := range most {
		step, err := e.Step(Int(0))
		if err != nil {
			t.Fatal(err)
		}
		if step.Done() {
			return i + 1
		}
	}
	return 0
}

func TestMakeRefuses(t *testing.T) {
	r := newRegistry("Catch-v0", "Catch-v1", "Push-v0", "Parabola-v0")
	broken := registration("Broken-v0")
	broken.New = func(Config) (Env, error) { return nil, errors.New("the ground is missing") }
	r.register(broken)
	var impostor *stub
	misnamed := registration("Misnamed-v0")
	misnamed.New = func(cfg Config) (Env, error) { impostor = &stub{id: "Other-v0", cfg: cfg}; return impostor, nil }
	r.register(misnamed)
	tests := []struct {
		name string
		says []string
	}{
		{"Cathc-v0", []string{`"Cathc-v0"`, "did you mean Catch-v0 or Catch-v1?", "somnium envs"}},
		{"push-v0", []string{"did you mean Push-v0?"}},
		{"Push-v3", []string{"did you mean Push-v0?"}},
		{"parbola", []string{"did you mean Parabola-v0?"}},
		{"Minecraft-v0", []string{`no environment "Minecraft-v0"; env.IDs`}},
		{"Push-v0?gravty=3", []string{`Push-v0 has no parameter "gravty"`, "gravity", "height"}},
		{"Push-v0?gravity=11", []string{"gravity is 11", "1..10", "units per second squared"}},
		{"Push-v0?width=2", []string{"width", "16..1024"}},
		{"Push-v0?max_episode_steps=many", []string{"max_episode_steps", "whole number"}},
		{"Broken", []string{"Broken", "the ground is missing"}},
		{"Misnamed", []string{"Misnamed-v0", "Other-v0"}},
	}
	for _, test := range tests {
		e, err := r.makeEnv(test.name)
		if err == nil {
			t.Errorf("%s makes %v", test.name, e.Spec())
			continue
		}
		for _, part := range append(test.says, "env: ") {
			if !strings.Contains(err.Error(), part) {
				t.Errorf("%s: the error %q lacks %q", test.name, err, part)
			}
		}
	}
	if !impostor.closed {
		t.Error("the misnamed environment is left open")
	}
	if _, err := (&registry{}).makeEnv("Push-v0"); err == nil || !strings.Contains(err.Error(), "import somnium/sim/all") {
		t.Errorf("an empty registry says %v", err)
	}
}

func TestRegisterPanics(t *testing.T) {
	bad := map[string]func(*Registration){
		"taken":               func(r *Registration) { r.ID = "Push-v0" },
		"no version":          func(r *Registration) { r.ID = "Push" },
		"odd letters":         func(r *Registration) { r.ID = "Pu_sh-v0" },
		"no New":              func(r *Registration) { r.New = nil },
		"negative limit":      func(r *Registration) { r.MaxEpisodeSteps = -1 },
		"reserved parameter":  func(r *Registration) { r.Params[0].Name = "height" },
		"bad parameter":       func(r *Registration) { r.Params[0].Name = "g&h" },
		"parameter twice":     func(r *Registration) { r.Params = append(r.Params, r.Params[0]) },
		"default off bounds":  func(r *Registration) { r.Params[0].Default = 20 },
		"parameter no number": func(r *Registration) { r.Params[0].Min = r.Params[0].Max + 1 },
	}
	for name, spoil := range bad {
		r := newRegistry("Push-v0")
		reg := registration("Other-v0")
		spoil(&reg)
		func() {
			defer func() {
				if text, ok := recover().(string); !ok || !strings.HasPrefix(text, "env: Register: ") {
					t.Errorf("%s: the panic is %q", name, text)
				}
			}()
			r.register(reg)
		}()
	}
}

func TestListing(t *testing.T) {
	r := newRegistry("Push-v0", "Catch-v1", "Catch-v0")
	if got, want := r.ids(), []string{"Catch-v0", "Catch-v1", "Push-v0"}; !slices.Equal(got, want) {
		t.Errorf("ids are %v, want %v", got, want)
	}
	specs := r.specs()
	if len(specs) != 3 || specs[0].ID != "Catch-v0" || specs[2].MaxEpisodeSteps != 5 || specs[1].Doc != "a stub" {
		t.Errorf("specs are %+v", specs)
	}
	specs[0].Params[0].Max = 0
	if r.specs()[0].Params[0].Max != 10 {
		t.Error("writing to a listed spec changes the registry")
	}
}

func TestRegistryIsSafeForConcurrentUse(t *testing.T) {
	r := newRegistry("Push-v0")
	var group sync.WaitGroup
	for i := range 8 {
		group.Go(func() {
			r.register(registration("Push-v" + string(rune('1'+i))))
			r.ids()
			if _, err := r.makeEnv("Push"); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if e, err := r.makeEnv("Push"); err != nil || e.Spec().ID != "Push-v8" {
		t.Errorf("the newest is %v, %v", e, err)
	}
}

func TestEditDistance(t *testing.T) {
	tests := []struct {
		a, b string
		want int
	}{{"", "", 0}, {"", "abc", 3}, {"abc", "", 3}, {"kitten", "sitting", 3}, {"catch", "cathc", 2}, {"push", "push", 0}, {"ab", "ba", 2}}
	for _, test := range tests {
		if got := editDistance(test.a, test.b); got != test.want {
			t.Errorf("editDistance(%q, %q) = %d, want %d", test.a, test.b, got, test.want)
		}
	}
}
