package main

import (
	"fmt"
	"io"
	"runtime"

	"github.com/spf13/cobra"
)

// release is the version of the program, as CHANGELOG.md counts it.
const release = "0.1.0-dev"

// revision is that of the source, set by the linker (see the Makefile).
var revision = "unknown"

type versionFigures struct {
	Version  string `json:"version"`
	Revision string `json:"revision"`
	Go       string `json:"go"`
	OS       string `json:"os"`
	Arch     string `json:"arch"`
}

func (a *app) version() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Say which version this is",
		Args:  takes(0, 0),
		RunE: func(*cobra.Command, []string) error {
			v := versionFigures{release, revision, runtime.Version(), runtime.GOOS, runtime.GOARCH}
			return a.report(v, func(w io.Writer) {
				fmt.Fprintf(w, "somnium %s (%s, %s, %s/%s)\n", v.Version, v.Revision, v.Go, v.OS, v.Arch)
			})
		},
	}
}
