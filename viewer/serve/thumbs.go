package serve

import (
	"context"
	"slices"
	"strings"

	"somnium/env"
	"somnium/viewer/hands"
	"somnium/viewer/scenes"
	"somnium/viewer/wire"
)

// thumbFrames is after how many steps a scene's picture is taken.
const thumbFrames = 14

// thumbnails tells of a picture of every scene. They are made once.
func (s *Server) thumbnails(ctx context.Context, tell func(wire.Message)) {
	s.thumbs.Lock()
	defer s.thumbs.Unlock()
	for i, card := range slices.Concat(s.Welcome.Tests, s.Welcome.Worlds) {
		if ctx.Err() != nil {
			return
		}
		if i == len(s.thumbs.list) {
			thumb, err := s.thumb(card.Name)
			if err != nil {
				s.log("a picture of %s: %v", card.Name, err)
			}
			s.thumbs.list = append(s.thumbs.list, thumb)
		}
		if t := s.thumbs.list[i]; t.Pixels != nil {
			tell(wire.Message{Thumb: &t})
		}
	}
}

// thumb plays a scene for a moment and returns its picture.
func (s *Server) thumb(name string) (wire.Thumb, error) {
	thumb := wire.Thumb{Name: name}
	seed := uint64(1)
	if test, ok := scenes.Find(name); ok {
		name, seed = test.Env, test.Seed
	}
	opened, err := s.House.Truth(name)
	if err != nil {
		return thumb, err
	}
	defer opened.Env.Close()
	spec := opened.Env.Spec()
	obs, err := opened.Env.Reset(env.Seeded(seed))
	if err != nil {
		return thumb, err
	}
	keys := hands.For(spec.Action, spec.Doc)
	for range thumbFrames {
		step, err := opened.Env.Step(keys.Action(wire.Hands{}))
		if err != nil {
			return thumb, err
		}
		if obs = step.Obs; step.Done() {
			break
		}
	}
	thumb.Height, thumb.Width, _ = env.FrameSize(spec.Observation)
	thumb.Pixels = slices.Clone(obs.Pixels())
	return thumb, nil
}

// plain is an error as people read it: without the name of the package.
func plain(err error) string {
	text := err.Error()
	for _, prefix := range []string{"stage: ", "env: ", "agents: ", "hands: ", "wire: ", "world: "} {
		text = strings.TrimPrefix(text, prefix)
	}
	if text == "" {
		return text
	}
	return strings.ToUpper(text[:1]) + text[1:]
}
