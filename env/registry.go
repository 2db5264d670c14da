package env

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
)

// Registration is what a simulator tells the registry.
type Registration struct {
	// ID is the versioned id, such as RigidCatch-v0. A change that alters what a seed gives takes a new version.
	ID string
	// Doc says in one line what the environment is.
	Doc string
	// New makes one; the config is complete and within bounds, and holds the params that were given, no others.
	New func(Config) (Env, error)
	// Params lists what the environment accepts by name.
	Params []Param
	// MaxEpisodeSteps is the time limit, which Make applies; New need not. Default: none.
	MaxEpisodeSteps int
}

// registry is a table of environments by id, safe for concurrent use.
type registry struct {
	mutex sync.RWMutex
	byID  map[string]Registration
}

// environments is the one global of the project: what sim/all fills and Make reads.
var environments registry

// Register adds an environment to those that Make knows. It panics on an id that is malformed or taken.
func Register(r Registration) { environments.register(r) }

// Make returns the environment of a name: an id, and after a question mark what it should be like, as in
// RigidCatch-v0?height=48&width=80&gravity=5. Height, width (in pixels) and max_episode_steps (0: no limit) go with every
// id, the parameters are those of its spec. An id without a version takes the newest. The environment is held to its
// order of calls ([EnforceOrder]) and to its time limit ([LimitTime]).
func Make(name string) (Env, error) { return environments.makeEnv(name) }

// IDs returns the ids of the environments that Make knows, sorted.
func IDs() []string { return environments.ids() }

// Specs returns what is known of every environment without making one, sorted by id: ID, Doc, MaxEpisodeSteps and
// Params. The spaces depend on the size asked for: Make it and ask its Spec.
func Specs() []Spec { return environments.specs() }

func (r *registry) register(reg Registration) {
	if _, version := splitVersion(reg.ID); version < 0 || !validName(reg.ID) {
		panic(fmt.Sprintf("env: Register: the id %q does not read like Name-v0", reg.ID))
	}
	if reg.New == nil {
		panic(fmt.Sprintf("env: Register: %s has no New", reg.ID))
	}
	if reg.MaxEpisodeSteps < 0 {
		panic(fmt.Sprintf("env: Register: %s has a negative time limit", reg.ID))
	}
	mustParams(reg)
	r.mutex.Lock()
	defer r.mutex.Unlock()
	if _, taken := r.byID[reg.ID]; taken {
		panic(fmt.Sprintf("env: Register: the id %s is taken", reg.ID))
	}
	if r.byID == nil {
		r.byID = map[string]Registration{}
	}
	r.byID[reg.ID] = reg
}

// mustParams panics unless the params are well formed.
func mustParams(reg Registration) {
	seen := map[string]bool{keyHeight: true, keyWidth: true, keyMaxSteps: true}
	for _, p := range reg.Params {
		if !validParam(p.Name) || seen[p.Name] {
			panic(fmt.Sprintf("env: Register: %s has a parameter %q that is malformed, reserved or listed twice", reg.ID, p.Name))
		}
		if !(p.Min <= p.Default && p.Default <= p.Max) {
			panic(fmt.Sprintf("env: Register: the default %g of %s's %s is outside %g..%g", p.Default, reg.ID, p.Name, p.Min, p.Max))
		}
		seen[p.Name] = true
	}
}

func (r *registry) makeEnv(name string) (Env, error) {
	id, cfg, err := ParseName(name)
	if err != nil {
		return nil, err
	}
	reg, err := r.find(id)
	if err != nil {
		return nil, err
	}
	if err := CheckParams(reg.ID, reg.Params, cfg.Params); err != nil {
		return nil, err
	}
	e, err := reg.New(cfg)
	if err != nil {
		return nil, fmt.Errorf("env: making %s: %w", name, err)
	}
	if got := e.Spec().ID; got != reg.ID {
		return nil, errors.Join(fmt.Errorf("env: the environment registered as %s calls itself %q; make the two agree", reg.ID, got), e.Close())
	}
	return reg.wrap(e, cfg), nil
}

// wrap applies the wrappers that every made environment has.
func (reg Registration) wrap(e Env, cfg Config) Env {
	limit := reg.MaxEpisodeSteps
	if cfg.MaxEpisodeSteps != 0 {
		limit = max(0, cfg.MaxEpisodeSteps)
	}
	return EnforceOrder(LimitTime(e, limit))
}

// find returns the registration of an id, or the newest version of an id without one.
func (r *registry) find(id string) (Registration, error) {
	r.mutex.RLock()
	defer r.mutex.RUnlock()
	if reg, ok := r.byID[id]; ok {
		return reg, nil
	}
	var newest Registration
	best := -1
	for other, reg := range r.byID {
		if base, version := splitVersion(other); base == id && version > best {
			newest, best = reg, version
		}
	}
	if best < 0 {
		return Registration{}, r.unknown(id)
	}
	return newest, nil
}

// CheckParams returns an error unless every given parameter is listed and within its bounds. Make calls it with a name's,
// and a Reset does with its options'.
func CheckParams(id string, params []Param, given map[string]float64) error {
	if len(given) == 0 {
		return nil
	}
	for _, name := range slices.Sorted(maps.Keys(given)) {
		i := slices.IndexFunc(params, func(p Param) bool { return p.Name == name })
		if i < 0 {
			return fmt.Errorf("env: %s has no parameter %q; it takes %s", id, name, paramNames(params))
		}
		if p, x := params[i], given[name]; !(p.Min <= x && x <= p.Max) {
			return fmt.Errorf("env: %s's %s is %g, outside %g..%g (%s)", id, name, x, p.Min, p.Max, p.Doc)
		}
	}
	return nil
}

func paramNames(params []Param) string {
	names := []string{keyHeight, keyWidth, keyMaxSteps}
	for _, p := range params {
		names = append(names, p.Name)
	}
	return strings.Join(names, ", ")
}

func (r *registry) ids() []string {
	r.mutex.RLock()
	defer r.mutex.RUnlock()
	return slices.Sorted(maps.Keys(r.byID))
}

func (r *registry) specs() []Spec {
	r.mutex.RLock()
	defer r.mutex.RUnlock()
	specs := make([]Spec, 0, len(r.byID))
	for _, id := range slices.Sorted(maps.Keys(r.byID)) {
		reg := r.byID[id]
		specs = append(specs, Spec{ID: id, Doc: reg.Doc, MaxEpisodeSteps: reg.MaxEpisodeSteps, Params: slices.Clone(reg.Params)})
	}
	return specs
}
