//go:build slow

package gallery_test

import (
	"bytes"
	"flag"
	"image/png"
	"os"
	"path/filepath"
	"testing"

	"somnium/internal/gallery"
	"somnium/internal/picture"
	_ "somnium/sim/all"
)

var update = flag.Bool("update", false, "draw the pictures of docs/pictures/voxel anew")

const folder = "../../docs/pictures/voxel"

// The pictures of the documentation show what the worlds show now; -update draws them.
func TestThePicturesAreTheWorlds(t *testing.T) {
	for _, sheet := range gallery.Sheets() {
		t.Run(sheet.Name, func(t *testing.T) {
			drawn, err := sheet.Draw()
			if err != nil {
				t.Fatal(err)
			}
			path := filepath.Join(folder, sheet.Name+".png")
			if *update {
				if err := picture.WritePNG(path, drawn); err != nil {
					t.Fatal(err)
				}
			}
			file, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			kept, err := png.Decode(bytes.NewReader(file))
			if err != nil {
				t.Fatalf("%s: %v", path, err)
			}
			if !bytes.Equal(picture.FromImage(kept).Pixels, drawn.Pixels) {
				t.Errorf("%s is not what its worlds show now; `make pictures` draws it anew", path)
			}
			if len(file) > 300<<10 {
				t.Errorf("%s has %d KB; 300 are enough", path, len(file)>>10)
			}
		})
	}
}
