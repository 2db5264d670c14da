package env

import (
	"reflect"
	"strings"
	"testing"
)

func TestParseName(t *testing.T) {
	tests := []struct {
		name, id string
		want     Config
		formats  string
	}{
		{"Push-v0", "Push-v0", Config{Height: 64, Width: 64}, "Push-v0"},
		{"Push", "Push", Config{Height: 64, Width: 64}, "Push"},
		{"Push-v0?", "Push-v0", Config{Height: 64, Width: 64}, "Push-v0"},
		{"Push2D-v12?width=80&height=48", "Push2D-v12", Config{Height: 48, Width: 80}, "Push2D-v12?height=48&width=80"},
		{"Push-v0?height=64", "Push-v0", Config{Height: 64, Width: 64}, "Push-v0"},
		{"Push-v0?gravity=-2.5&a_1=1e-3&max_episode_steps=7", "Push-v0",
			Config{Height: 64, Width: 64, MaxEpisodeSteps: 7, Params: map[string]float64{"gravity": -2.5, "a_1": 0.001}},
			"Push-v0?max_episode_steps=7&a_1=0.001&gravity=-2.5"},
		{"Push-v0?max_episode_steps=0", "Push-v0", Config{Height: 64, Width: 64, MaxEpisodeSteps: NoTimeLimit}, "Push-v0?max_episode_steps=0"},
		{"Push-v0?mass=1e%2B30", "Push-v0", Config{Height: 64, Width: 64, Params: map[string]float64{"mass": 1e30}}, "Push-v0?mass=1e%2B30"},
	}
	for _, test := range tests {
		id, cfg, err := ParseName(test.name)
		if err != nil || id != test.id || !reflect.DeepEqual(cfg, test.want) {
			t.Errorf("ParseName(%q) = %q, %+v, %v, want %q, %+v", test.name, id, cfg, err, test.id, test.want)
		}
		if got := FormatName(id, cfg); got != test.formats {
			t.Errorf("FormatName gives %q for %q, want %q", got, test.name, test.formats)
		}
	}
}

func TestParseNameRefuses(t *testing.T) {
	tests := []struct{ name, says string }{
		{"", "looks like"},
		{"?height=48", "looks like"},
		{"Push-v", "looks like"},
		{"Push-v01", "looks like"},
		{"Push-v-1", "looks like"},
		{"Push-v99999999999", "looks like"},
		{"-v0", "looks like"},
		{"2Push-v0", "looks like"},
		{"Pu sh-v0", "looks like"},
		{"Pu-sh-v0", "looks like"},
		{"dream:tiny", "looks like"},
		{"Push-v0?height", `height=""`},
		{"Push-v0?height=4x", `height="4x" is not a whole number in 16..1024`},
		{"Push-v0?height=15", "16..1024"},
		{"Push-v0?width=1025", "16..1024"},
		{"Push-v0?max_episode_steps=-1", "max_episode_steps"},
		{"Push-v0?gravity=down", `gravity="down" is not a finite number`},
		{"Push-v0?gravity=NaN", "finite"},
		{"Push-v0?gravity=1e999", "finite"},
		{"Push-v0?Gravity=1", "lower-case"},
		{"Push-v0?=1", "parameter's name"},
		{"Push-v0?gravity=1&gravity=2", "more than once"},
		{"Push-v0?gravity=%zz", "does not parse"},
		{"Push-v0?gravity=1;width=80", "does not parse"},
	}
	for _, test := range tests {
		if _, _, err := ParseName(test.name); err == nil || !strings.Contains(err.Error(), test.says) {
			t.Errorf("ParseName(%q) says %v, want something with %q", test.name, err, test.says)
		}
	}
}

// FuzzParseName looks for names that do not survive FormatName and ParseName.
func FuzzParseName(f *testing.F) {
	for _, name := range []string{"Push-v0", "Push", "Push-v3?height=48&width=80&gravity=-1e-9", "Push-v0?max_episode_steps=0", "a?b=+1", "A-v0?x=%31"} {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		id, cfg, err := ParseName(name)
		if err != nil {
			return
		}
		formatted := FormatName(id, cfg)
		id2, cfg2, err := ParseName(formatted)
		if err != nil || id2 != id || !reflect.DeepEqual(cfg, cfg2) {
			t.Errorf("%q is %q, %+v, but its form %q is %q, %+v, %v", name, id, cfg, formatted, id2, cfg2, err)
		}
		if again := FormatName(id2, cfg2); again != formatted {
			t.Errorf("%q formats as %q, then as %q", name, formatted, again)
		}
	})
}
