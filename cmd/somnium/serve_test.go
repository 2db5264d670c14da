package main

import (
	"bytes"
	"context"
	"encoding/json"
	"net"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"somnium/env"
	"somnium/env/remote"
)

func TestServeLists(t *testing.T) {
	listed := figures(t, "environments", "serve", "--list")["environments"].([]any)
	var ids []string
	for _, e := range listed {
		ids = append(ids, e.(map[string]any)["id"].(string))
	}
	for _, id := range append(env.IDs(), "dream:small@RigidCatch-v0") {
		if !slices.Contains(ids, id) {
			t.Errorf("%s is not listed", id)
		}
	}
	for _, id := range ids {
		open, err := opener(id)
		if err != nil {
			t.Fatal(err)
		}
		e, err := open()
		if err != nil {
			t.Fatal(err)
		}
		if e.Spec().ID != id {
			t.Errorf("%s opens %s", id, e.Spec().ID)
		}
		e.Close()
	}
}

func TestServeEndsInOrder(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	ctx, cancel := context.WithCancel(context.Background())
	var out, failures bytes.Buffer
	ended := make(chan int)
	go func() { ended <- run(ctx, []string{"serve", "--json", "--listen", "unix:" + path}, &out, &failures) }()
	var conn net.Conn
	for begin := time.Now(); conn == nil; time.Sleep(5 * time.Millisecond) {
		var err error
		if conn, err = net.Dial("unix", path); err != nil && time.Since(begin) > 10*time.Second {
			t.Fatal(err)
		}
	}
	defer conn.Close()
	cancel()
	if status := <-ended; status != 0 {
		t.Errorf("it ended with %d: %s", status, failures.String())
	}
	var told serveFigures
	if err := json.Unmarshal(out.Bytes(), &told); err != nil || told.Address != "unix:"+path || told.Protocol != remote.Protocol {
		t.Errorf("it printed %q: %v", out.String(), err)
	}
}

func TestServeRefuses(t *testing.T) {
	t.Setenv(tokenVariable, "")
	for _, c := range []struct{ listen, words string }{
		{"0.0.0.0:0", "takes a token"},
		{"unix:/no/such/folder/s", "its folder must exist"},
	} {
		status, out, err := somnium("serve", "--listen", c.listen)
		if status != 1 || out != "" || !strings.Contains(err, c.words) {
			t.Errorf("serving on %s ends with %d: %s", c.listen, status, err)
		}
	}
}
