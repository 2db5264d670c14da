// Package weights holds the pretrained weights that are part of the program: one safetensors file a preset, in bf16.
package weights

import (
	"embed"
	"io/fs"
	"strings"
)

//go:embed *.safetensors
var files embed.FS

// Embedded returns the checkpoint of a preset.
func Embedded(preset string) (data []byte, ok bool) {
	data, err := files.ReadFile(preset + ".safetensors")
	return data, err == nil
}

// Names returns the presets that have embedded weights, sorted.
func Names() []string {
	var names []string
	entries, _ := fs.ReadDir(files, ".") // an embedded directory always reads
	for _, e := range entries {
		if name, ok := strings.CutSuffix(e.Name(), ".safetensors"); ok {
			names = append(names, name)
		}
	}
	return names
}
