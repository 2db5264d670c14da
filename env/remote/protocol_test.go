package remote

import (
	"os"
	"reflect"
	"strings"
	"testing"
)

// The specification names every operation, field, mode and kind of failure that there is.
func TestTheProtocolIsSpecified(t *testing.T) {
	text, err := os.ReadFile("../../docs/protocol.md")
	if err != nil {
		t.Fatal(err)
	}
	names := []string{"hello", "make", "spec", kindProtocol, kindVersion, kindToken, kindLimit, kindRequest, kindUnsupported, kindEnvironment, kindStopping, modeSingle}
	for op := range operations {
		names = append(names, op)
	}
	for mode := range modes {
		names = append(names, mode)
	}
	for i := range reflect.TypeFor[request]().NumField() {
		names = append(names, reflect.TypeFor[request]().Field(i).Tag.Get("msgpack"))
	}
	for _, name := range names {
		if !strings.Contains(string(text), "`"+name+"`") {
			t.Errorf("docs/protocol.md does not name %q", name)
		}
	}
}
