//go:build !js && !window

package main

import (
	"fmt"
	"os"
)

// Without the tag nothing of the window is built, so that `go build ./...` takes no C compiler.
func main() {
	fmt.Fprintln(os.Stderr, "somnium-window: this was built without its window; build it with `make window`")
	os.Exit(2)
}
