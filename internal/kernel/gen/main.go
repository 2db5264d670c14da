// Command gen writes the AVX2 assembly of package kernel and the Go
// declarations of its functions. Run it from the root of the repository:
//
//	go -C internal/kernel/gen run . ..
package main

import (
	"log"
	"os"
	"path/filepath"

	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/pass"
	"github.com/mmcloughlin/avo/printer"
)

// files is the table of what is generated: name_amd64.s and name_amd64.go.
var files = []struct {
	name string
	emit func(*build.Context)
}{
	{"cpustubs", emitCPU},
	{"gemmstubs", emitGemm},
	{"layerstubs", emitLayers},
	{"vecstubs", emitVectors},
	{"expstubs", emitExp},
	{"convertstubs", emitConvert},
}

func main() {
	if len(os.Args) != 2 {
		log.Fatal("gen: name the folder to write to: go run . FOLDER")
	}
	for _, f := range files {
		if err := generate(os.Args[1], f.name, f.emit); err != nil {
			log.Fatalf("gen: %s: %v", f.name, err)
		}
	}
}

// generate writes one pair of files.
func generate(folder, name string, emit func(*build.Context)) error {
	c := build.NewContext()
	c.ConstraintExpr("!noasm")
	emit(c)
	file, err := c.Result()
	if err != nil {
		return err
	}
	if err := pass.Compile.Execute(file); err != nil {
		return err
	}
	config := printer.Config{Name: "internal/kernel/gen", Pkg: "kernel"}
	for suffix, p := range map[string]printer.Printer{
		"_amd64.s":  printer.NewGoAsm(config),
		"_amd64.go": printer.NewStubs(config),
	} {
		text, err := p.Print(file)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(folder, name+suffix), text, 0o644); err != nil {
			return err
		}
	}
	return nil
}
