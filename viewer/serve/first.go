package serve

import (
	"bytes"
	"cmp"
	"image"
	"image/draw"
	"image/png"
	"net/http"
	"strconv"
	"sync"

	"somnium/internal/picture"
	"somnium/viewer/stage"
	"somnium/viewer/wire"
)

// beginning is the stage that is set before anybody looks: the first window that begins where the server does takes it, and until
// the window's program is there the page shows its picture.
type beginning struct {
	sync.Mutex // held while the stage is set
	stage      *stage.Stage
	picture    []byte // PNG; nil where there is none
}

// begin sets the stage, beside what goes on. What goes wrong is told to the windows, which try themselves.
func (s *Server) begin() {
	s.beginning.Lock()
	go func() {
		defer s.beginning.Unlock()
		made := stage.New(s.House)
		if err := made.Open(s.Start); err != nil {
			made.Close()
			return
		}
		s.beginning.stage, s.beginning.picture = made, portrait(made.View(0))
	}()
}

// end closes a stage that nobody took.
func (s *Server) end() {
	s.beginning.Lock()
	defer s.beginning.Unlock()
	if s.beginning.stage != nil {
		s.beginning.stage.Close()
		s.beginning.stage = nil
	}
}

// stageOf returns a stage for a window that says hello: the one that is set, or a new one, with what was wrong with the place.
func (s *Server) stageOf(hello wire.Command) (*stage.Stage, error) {
	place := s.Start
	if hello.Place != nil && *hello.Place != (wire.Place{}) {
		place = *hello.Place
		if place.Scene == "" {
			place.Scene = s.Start.Scene
			place.Seed = cmp.Or(place.Seed, s.Start.Seed)
		}
	} else {
		s.beginning.Lock()
		set := s.beginning.stage
		s.beginning.stage = nil
		s.beginning.Unlock()
		if set != nil {
			return set, nil
		}
	}
	made := stage.New(s.House)
	return made, made.Open(place)
}

// seam is how many pixels of the pictures lie between two of them, as the window has it.
const seam = 2

// portrait returns the pictures of a view side by side, as PNG.
func portrait(v wire.View) []byte {
	var sides [][]byte
	for _, side := range [][]byte{v.Truth, v.Dream} {
		if side != nil {
			sides = append(sides, side)
		}
	}
	h, w := v.Scene.Height, v.Scene.Width
	sheet := image.NewNRGBA(image.Rect(0, 0, len(sides)*(w+seam)-seam, h))
	for i, side := range sides {
		draw.Draw(sheet, image.Rect(i*(w+seam), 0, i*(w+seam)+w, h), picture.Of(side, h, w).Image(), image.Point{}, draw.Src)
	}
	var out bytes.Buffer
	if png.Encode(&out, sheet) != nil {
		return nil
	}
	return out.Bytes()
}

// first sends the picture of the stage that is set.
func (s *Server) first(w http.ResponseWriter, r *http.Request) {
	if !same(r.URL.Query().Get("token"), s.Token) { // and not FormValue, which reads what a stranger sends along, however much
		http.Error(w, "the token is not the one that the server was started with", http.StatusForbidden)
		return
	}
	s.beginning.Lock()
	data := s.beginning.picture
	s.beginning.Unlock()
	if data == nil {
		http.Error(w, "nothing is on yet", http.StatusNotFound)
		return
	}
	w.Header().Set("Content-Type", "image/png")
	w.Header().Set("Content-Length", strconv.Itoa(len(data)))
	w.Write(data)
}
