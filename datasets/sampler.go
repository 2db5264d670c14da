package datasets

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"

	"somnium/env"
)

// DefaultCacheBytes is how much memory a sampler keeps decoded episodes in.
const DefaultCacheBytes = 1 << 30

// SamplerOptions are the options of [NewSampler].
type SamplerOptions struct {
	// Frames is T, the length of a clip, at least 1.
	Frames int
	// Batch is B, the number of clips in a batch, at least 1.
	Batch int
	// Seed fixes the order of clips.
	Seed uint64
	// Start is the number of the first batch: a resumed training gives State().Batch of the one that it continues.
	Start uint64
	// Envs, ids or full names, keeps the clips of these environments. Default: all.
	Envs []string
	// Weights multiply the share of environments by id or, going before that, by full name; one that is not named has
	// weight 1, and weight 0 leaves it out. Default: shares in proportion to frames.
	Weights map[string]float64
	// Workers is how many batches are prepared at a time. Default: GOMAXPROCS.
	Workers int
	// Prefetch is how many batches may wait or be in the making. Default: twice the workers.
	Prefetch int
	// CacheBytes bounds the decoded episodes that are kept. Default: DefaultCacheBytes. Negative: none are.
	CacheBytes int64
}

// Batch is a batch of clips of one size. Letters: B clips, T frames, H, W pixels.
type Batch struct {
	// H and W are the height and width of every frame.
	H, W int
	// Frames is uint8 [B, T, H, W, 3].
	Frames []byte
	// Actions is [B][T]: Actions[b][t] leads into frame t; it is empty for the first frame of an episode. The values
	// share memory with the sampler's cache: read them only.
	Actions [][]env.Value
	// Rewards and Ends are [B, T]: those of the transition into frame t, 0 for the first frame of an episode. An end is
	// 1 where the environment terminated; a truncation is no end.
	Rewards, Ends []float32
	// Captions [B] are those in force at the clips' first frames.
	Captions []Caption
	// Env [B] are the environments' names.
	Env []string
	// Episode and Start [B] tell where the clips are from: the number in the data set, and the first frame in it.
	Episode, Start []int
}

// SamplerState is a sampler's place in its sequence.
type SamplerState struct {
	// Seed is that of the options.
	Seed uint64 `json:"seed"`
	// Batch is the number of the batch that Next returns next.
	Batch uint64 `json:"batch"`
}

// Sampler streams batches of clips. Batch k is a function of the data set, the options that shape it (frames, batch,
// seed, environments, weights) and k alone, whatever the number of workers. Within a stratum, the clips of one
// environment and size, every window comes once before any comes again.
type Sampler struct {
	data    *Dataset
	options SamplerOptions
	plan    *plan
	cache   *cache
	skipped int

	cancel  context.CancelFunc
	ordered chan *order
	workers sync.WaitGroup

	mutex   sync.Mutex // guards what follows
	next    uint64
	pending *order // taken from ordered and not yet returned
	err     error
}

// order is a batch that a worker makes.
type order struct {
	number uint64
	clips  []clip
	batch  *Batch
	err    error
	ready  chan struct{}
}

// ErrSamplerClosed is returned by Next after Close.
var ErrSamplerClosed = errors.New("datasets: the sampler is closed")

// NewSampler starts a sampler. Episodes with fewer than T frames give no windows. It is an error if nothing is left to
// draw from. The caller calls Close.
func NewSampler(data *Dataset, options SamplerOptions) (*Sampler, error) {
	if options.Frames < 1 || options.Batch < 1 {
		panic("datasets: SamplerOptions needs Frames and Batch of at least 1")
	}
	options = options.withDefaults()
	strata, skipped, err := findStrata(data, options)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(context.Background())
	s := &Sampler{
		data: data, options: options, plan: newPlan(strata, options), cache: newCache(data, options.CacheBytes),
		skipped: skipped, cancel: cancel, ordered: make(chan *order, options.Prefetch), next: options.Start,
	}
	queue := make(chan *order)
	s.workers.Go(func() { s.schedule(ctx, queue) })
	for range options.Workers {
		s.workers.Go(func() {
			for o := range queue {
				o.batch, o.err = s.make(o.clips)
				close(o.ready)
			}
		})
	}
	return s, nil
}

func (o SamplerOptions) withDefaults() SamplerOptions {
	if o.Workers <= 0 {
		o.Workers = runtime.GOMAXPROCS(0)
	}
	if o.Prefetch <= 0 {
		o.Prefetch = 2 * o.Workers
	}
	if o.CacheBytes == 0 {
		o.CacheBytes = DefaultCacheBytes
	}
	return o
}

// Windows returns the number of different clips, and the number of episodes that are too short for one.
func (s *Sampler) Windows() (windows int64, short int) { return s.plan.windows(), s.skipped }

// schedule plans the batches in order and hands them to the workers.
func (s *Sampler) schedule(ctx context.Context, queue chan<- *order) {
	defer close(queue)
	defer close(s.ordered)
	s.plan.skip(s.options.Start)
	for number := s.options.Start; ; number++ {
		o := &order{number: number, clips: s.plan.next(), ready: make(chan struct{})}
		select {
		case s.ordered <- o:
		case <-ctx.Done():
			return
		}
		select {
		case queue <- o:
		case <-ctx.Done():
			o.err = ErrSamplerClosed
			close(o.ready)
			return
		}
	}
}

// Next returns the next batch, which is the caller's. Where an episode cannot be read the error names it, and every
// further Next returns it too. Next is safe for concurrent use.
func (s *Sampler) Next(ctx context.Context) (*Batch, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.err != nil {
		return nil, s.err
	}
	if s.pending == nil {
		select {
		case o, open := <-s.ordered:
			if !open {
				return nil, ErrSamplerClosed
			}
			s.pending = o
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	select {
	case <-s.pending.ready:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	o := s.pending
	s.pending = nil
	if o.err != nil {
		s.err = fmt.Errorf("datasets: batch %d of the sampler: %w", o.number, o.err)
		return nil, s.err
	}
	s.next++
	return o.batch, nil
}

// State returns the place from which a new sampler of the same options goes on, with Start set to its Batch.
func (s *Sampler) State() SamplerState {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return SamplerState{Seed: s.options.Seed, Batch: s.next}
}

// Close ends the workers and waits for them. Closing twice is fine.
func (s *Sampler) Close() error {
	s.cancel()
	s.workers.Wait()
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.err = ErrSamplerClosed
	return nil
}
