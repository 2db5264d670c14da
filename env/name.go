package env

import (
	"fmt"
	"maps"
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// Bounds of an observation's height and width, in pixels, and the size where none is asked for.
const (
	DefaultSize = 64
	MinSize     = 16
	MaxSize     = 1024
)

// NoTimeLimit is the Config.MaxEpisodeSteps of an environment that runs for ever.
const NoTimeLimit = -1

// Config is what a name asks of an environment beside its id. The zero value asks for the defaults.
type Config struct {
	// Height and Width are the picture's, in pixels, MinSize..MaxSize. Default: DefaultSize.
	Height, Width int
	// MaxEpisodeSteps is the time limit. Default: the registration's. NoTimeLimit: none.
	MaxEpisodeSteps int
	// Params holds the parameters that are given, by name. Default: each parameter's own, drawn anew by every reset
	// where it is Random.
	Params map[string]float64
}

// keys of a name that every environment takes; the others are its parameters.
const (
	keyHeight   = "height"
	keyWidth    = "width"
	keyMaxSteps = "max_episode_steps"
)

// ParseName takes a name such as RigidCatch-v0?height=48&gravity=5 apart. The sizes that it does not mention come back as
// DefaultSize. It knows the grammar alone: whether the id and the parameters exist is for [Make] to say.
func ParseName(name string) (id string, cfg Config, err error) {
	id, query, _ := strings.Cut(name, "?")
	if !validName(id) {
		return "", Config{}, fmt.Errorf("env: %q is not an environment's name; one looks like RigidCatch-v0 or RigidCatch-v0?height=48&width=80", name)
	}
	fields, err := url.ParseQuery(query)
	if err != nil {
		return "", Config{}, fmt.Errorf("env: the part of %q after the question mark does not parse: %w", name, err)
	}
	for _, key := range slices.Sorted(maps.Keys(fields)) {
		if len(fields[key]) != 1 {
			return "", Config{}, fmt.Errorf("env: %q gives %s more than once", name, key)
		}
		if err := cfg.set(key, fields[key][0]); err != nil {
			return "", Config{}, fmt.Errorf("env: in %q: %w", name, err)
		}
	}
	return id, cfg.withDefaults(), nil
}

// FormatName returns the name that ParseName takes apart into id and cfg: sizes first, where they are not the default,
// then the time limit, then the parameters in sorted order.
func FormatName(id string, cfg Config) string {
	cfg = cfg.withDefaults()
	var fields []string
	add := func(key, value string) { fields = append(fields, url.QueryEscape(key)+"="+url.QueryEscape(value)) }
	if cfg.Height != DefaultSize {
		add(keyHeight, strconv.Itoa(cfg.Height))
	}
	if cfg.Width != DefaultSize {
		add(keyWidth, strconv.Itoa(cfg.Width))
	}
	if cfg.MaxEpisodeSteps != 0 {
		add(keyMaxSteps, strconv.Itoa(max(0, cfg.MaxEpisodeSteps)))
	}
	for _, key := range slices.Sorted(maps.Keys(cfg.Params)) {
		add(key, strconv.FormatFloat(cfg.Params[key], 'g', -1, 64))
	}
	if len(fields) == 0 {
		return id
	}
	return id + "?" + strings.Join(fields, "&")
}

// set reads one field of a name.
func (c *Config) set(key, text string) (err error) {
	switch key {
	case keyHeight:
		c.Height, err = parseInt(key, text, MinSize, MaxSize)
	case keyWidth:
		c.Width, err = parseInt(key, text, MinSize, MaxSize)
	case keyMaxSteps:
		c.MaxEpisodeSteps, err = parseInt(key, text, 0, math.MaxInt32)
		if c.MaxEpisodeSteps == 0 {
			c.MaxEpisodeSteps = NoTimeLimit
		}
	default:
		err = c.setParam(key, text)
	}
	return err
}

func (c *Config) setParam(key, text string) error {
	if !validParam(key) {
		return fmt.Errorf("%q is not a parameter's name; one is of lower-case letters, digits and underscores", key)
	}
	x, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsNaN(x) || math.IsInf(x, 0) {
		return fmt.Errorf("%s=%q is not a finite number", key, text)
	}
	if c.Params == nil {
		c.Params = map[string]float64{}
	}
	c.Params[key] = x
	return nil
}

func parseInt(key, text string, low, high int) (int, error) {
	n, err := strconv.Atoi(text)
	if err != nil || n < low || n > high {
		return 0, fmt.Errorf("%s=%q is not a whole number in %d..%d", key, text, low, high)
	}
	return n, nil
}

func (c Config) withDefaults() Config {
	if c.Height == 0 {
		c.Height = DefaultSize
	}
	if c.Width == 0 {
		c.Width = DefaultSize
	}
	return c
}

// validName says whether id reads like RigidCatch or RigidCatch-v0.
func validName(id string) bool {
	base, version := splitVersion(id)
	if version < 0 && base != id {
		return false
	}
	for i := range len(base) {
		c := base[i]
		letter := c|0x20 >= 'a' && c|0x20 <= 'z'
		if !letter && (i == 0 || c < '0' || c > '9') {
			return false
		}
	}
	return base != ""
}

// validParam says whether name is made of lower-case letters, digits and underscores, a letter first.
func validParam(name string) bool {
	for i := range len(name) {
		c := name[i]
		letter := c >= 'a' && c <= 'z'
		if !letter && (i == 0 || c != '_' && (c < '0' || c > '9')) {
			return false
		}
	}
	return name != ""
}

// splitVersion splits RigidCatch-v0 into RigidCatch and 0. The version is -1 where there is none, and base is then id
// unless what follows -v is no version.
func splitVersion(id string) (base string, version int) {
	base, digits, found := strings.Cut(id, "-v")
	if !found {
		return id, -1
	}
	n, err := strconv.ParseUint(digits, 10, 31)
	if err != nil || strconv.FormatUint(n, 10) != digits {
		return base, -1
	}
	return base, int(n)
}
