package datasets

import "somnium/env"

// make cuts the clips of a batch.
func (s *Sampler) make(clips []clip) (*Batch, error) {
	first := s.data.Meta(clips[0].episode)
	b := newBatch(len(clips), s.options.Frames, first.Height, first.Width)
	for i, c := range clips {
		e, err := s.cache.episode(c.episode)
		if err != nil {
			return nil, err
		}
		b.put(i, e, c)
	}
	return b, nil
}

func newBatch(clips, frames, height, width int) *Batch {
	b := &Batch{
		H: height, W: width,
		Frames:  make([]byte, clips*frames*height*width*3),
		Actions: make([][]env.Value, clips),
		Rewards: make([]float32, clips*frames), Ends: make([]float32, clips*frames),
		Captions: make([]Caption, clips), Env: make([]string, clips),
		Episode: make([]int, clips), Start: make([]int, clips),
	}
	actions := make([]env.Value, clips*frames)
	for i := range b.Actions {
		b.Actions[i] = actions[i*frames : (i+1)*frames : (i+1)*frames]
	}
	return b
}

// put copies a clip of e into place i.
func (b *Batch) put(i int, e *Episode, c clip) {
	frames := len(b.Actions[i])
	size := e.Height * e.Width * 3
	copy(b.Frames[i*frames*size:(i+1)*frames*size], e.Frames[c.start*size:])
	for t := range frames {
		into := c.start + t - 1
		if into < 0 {
			continue
		}
		b.Actions[i][t] = e.Actions[into]
		b.Rewards[i*frames+t] = e.Rewards[into]
		if e.Terminated[into] {
			b.Ends[i*frames+t] = 1
		}
	}
	b.Captions[i], b.Env[i] = e.Caption(c.start), e.Env
	b.Episode[i], b.Start[i] = c.episode, c.start
}
