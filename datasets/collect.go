package datasets

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"

	"github.com/klauspost/compress/zstd"

	"somnium/env"
	"somnium/internal/atomicfile"
)

// DefaultMaxSteps cuts episodes of environments that have no time limit.
const DefaultMaxSteps = 1000

// CollectOptions are the options of [Collect]. Episode i is played in Envs[i mod len(Envs)] by Agents[i/len(Envs) mod
// len(Agents)], so that every agent comes to every environment; or, where there are Weights, by an agent that the episode's
// seed draws.
type CollectOptions struct {
	// Dir is the folder of the data set.
	Dir string
	// Envs are names for MakeEnv, at least one.
	Envs []string
	// Agents are names for MakeAgent. Default: "random".
	Agents []string
	// Weights, one for each of Agents, mix these: an agent plays so large a share of the episodes as its weight is of the sum.
	// They are finite and above 0. Default: nil, the agents take turns.
	Weights []float64
	// Episodes is how many to record. Default: 0, as many as Steps calls for.
	Episodes int
	// Steps ends the job with the episode that brings their sum to this. Exactly one of Episodes and Steps is set.
	Steps int64
	// Seed is the job's: episode i is a function of it, i and the options above.
	Seed uint64
	// MaxSteps ends an episode as truncated. Default: DefaultMaxSteps for environments without a time limit, the
	// environment's own limit for others.
	MaxSteps int
	// NoStates leaves out the true states.
	NoStates bool
	// ShardBytes is as in WriterOptions. Default: DefaultShardBytes.
	ShardBytes int64
	// Workers is how many episodes are played at a time; the data set does not depend on it. Default: GOMAXPROCS.
	Workers int
	// MakeEnv makes an environment. Default: env.Make.
	MakeEnv func(name string) (env.Env, error)
	// MakeAgent makes an agent for an environment. It must be set.
	MakeAgent func(name string, e env.Env) (Agent, error)
}

// CollectProgress tells how far a job is.
type CollectProgress struct {
	// Episodes and Steps count what the folder holds, Bytes what this run wrote.
	Episodes int
	Steps    int64
	Bytes    int64
	// Resumed is the number of episodes that earlier runs had recorded.
	Resumed int
}

// Collect records episodes into a folder, several at a time, and returns what the folder then holds. A job that was
// killed or cancelled goes on where it was when it is run again with the same options: the end set is that of an
// uninterrupted run, to the byte. A folder of other options is an error. Workers play, one goroutine writes in order, so
// the bytes do not depend on the number of workers either. Where ctx is cancelled, episodes that are half played are
// dropped and those written are kept. progress, which may be nil, is called at the start and after every episode.
func Collect(ctx context.Context, options CollectOptions, progress func(CollectProgress)) (CollectProgress, error) {
	options, err := options.withDefaults()
	if err != nil {
		return CollectProgress{}, err
	}
	if err := options.rehearse(); err != nil {
		return CollectProgress{}, err
	}
	writer, err := NewWriter(options.Dir, WriterOptions{ShardBytes: options.ShardBytes})
	if err != nil {
		return CollectProgress{}, err
	}
	done, err := options.collect(ctx, writer, progress)
	if closing := writer.Close(); err == nil {
		err = closing
	}
	return done, err
}

func (o CollectOptions) withDefaults() (CollectOptions, error) {
	if o.MakeAgent == nil {
		panic("datasets: CollectOptions.MakeAgent is nil")
	}
	switch {
	case o.Dir == "":
		return o, errors.New("datasets: collect needs a folder to write to")
	case len(o.Envs) == 0:
		return o, errors.New("datasets: collect needs the name of an environment, such as RigidCatch-v0")
	case (o.Episodes > 0) == (o.Steps > 0) || o.Episodes < 0 || o.Steps < 0:
		return o, errors.New("datasets: collect needs a number of episodes or of steps, and not both")
	}
	if err := checkWeights(o.Weights, len(o.Agents)); err != nil {
		return o, err
	}
	if len(o.Agents) == 0 {
		o.Agents = []string{"random"}
	}
	if o.ShardBytes <= 0 {
		o.ShardBytes = DefaultShardBytes
	}
	if o.Workers <= 0 {
		o.Workers = runtime.GOMAXPROCS(0)
	}
	if o.MakeEnv == nil {
		o.MakeEnv = env.Make
	}
	return o, nil
}

// rehearse makes every pair of environment and agent once, so that a wrong name is told before anything is written.
func (o CollectOptions) rehearse() error {
	s := newStage(o, nil)
	defer s.close()
	for _, name := range o.Envs {
		for _, agent := range o.Agents {
			e, _, err := s.cast(name, agent)
			if err != nil {
				return err
			}
			if _, _, err := frameSize(e.Spec()); err != nil {
				return err
			}
		}
	}
	return nil
}

// collector is a job under way.
type collector struct {
	options  CollectOptions
	writer   *Writer
	present  map[int]Meta // episodes of earlier runs, by number
	done     CollectProgress
	progress func(CollectProgress)
}

func (o CollectOptions) collect(ctx context.Context, writer *Writer, progress func(CollectProgress)) (CollectProgress, error) {
	if err := atomicfile.Sweep(o.Dir, 0); err != nil {
		return CollectProgress{}, err
	}
	if err := o.manifest().claim(o.Dir); err != nil {
		return CollectProgress{}, err
	}
	c := &collector{options: o, writer: writer, progress: progress}
	if err := c.findPresent(); err != nil {
		return CollectProgress{}, err
	}
	return c.done, c.run(ctx)
}

// findPresent reads what earlier runs have recorded.
func (c *collector) findPresent() error {
	c.present = map[int]Meta{}
	paths, err := shardPaths(c.options.Dir)
	if err != nil || len(paths) == 0 {
		return err
	}
	d, err := Open(c.options.Dir)
	if err != nil {
		return err
	}
	if err := d.Damage(); err != nil {
		return fmt.Errorf("datasets: %s cannot be gone on with before its damage is mended: %w", c.options.Dir, err)
	}
	for i := range d.Len() {
		m := d.Meta(i)
		c.present[m.Number] = m
		c.done.Steps += int64(m.Steps)
	}
	c.done.Episodes, c.done.Resumed = len(c.present), len(c.present)
	return nil
}

// take is an episode being played, or what became of it.
type take struct {
	number int
	record *record
	err    error
	ready  chan struct{}
}

// run plays the missing episodes and writes them in order.
func (c *collector) run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	queue, ordered := make(chan *take), make(chan *take, 2*c.options.Workers)
	workers := make(chan struct{}, c.options.Workers)
	for range c.options.Workers {
		go func() {
			c.work(ctx, queue)
			workers <- struct{}{}
		}()
	}
	go c.dispatch(ctx, queue, ordered)
	err := c.write(ctx, ordered)
	cancel()
	for range c.options.Workers {
		<-workers
	}
	return err
}

// dispatch hands out the missing episodes in order until they are all out or ctx ends. The ordered queue's length bounds
// how far the workers get ahead of the writer.
func (c *collector) dispatch(ctx context.Context, queue, ordered chan<- *take) {
	defer close(queue)
	defer close(ordered)
	for number := 0; c.options.Episodes == 0 || number < c.options.Episodes; number++ {
		t := &take{number: number, ready: make(chan struct{})}
		_, present := c.present[number]
		if present {
			close(t.ready)
		}
		select {
		case ordered <- t:
		case <-ctx.Done():
			return
		}
		if present {
			continue
		}
		select {
		case queue <- t:
		case <-ctx.Done():
			return
		}
	}
}

// write appends what the workers play, in order of the episodes' numbers.
func (c *collector) write(ctx context.Context, ordered <-chan *take) error {
	c.tell()
	var steps int64
	for t := range ordered {
		meta, present := c.present[t.number]
		if !present {
			var err error
			if meta, err = c.await(ctx, t); err != nil {
				return err
			}
		}
		steps += int64(meta.Steps)
		if c.options.Steps > 0 && steps >= c.options.Steps {
			return nil
		}
		if t.number+1 == c.options.Episodes {
			return nil
		}
	}
	return ctx.Err()
}

// tell calls progress.
func (c *collector) tell() {
	if c.progress != nil {
		c.progress(c.done)
	}
}

// await waits for an episode and appends it.
func (c *collector) await(ctx context.Context, t *take) (Meta, error) {
	select {
	case <-t.ready:
	case <-ctx.Done():
		select {
		case <-t.ready: // finished all the same: keep it
		default:
			return Meta{}, ctx.Err()
		}
	}
	if t.err != nil {
		return Meta{}, t.err
	}
	if err := c.writer.append(t.record); err != nil {
		return Meta{}, err
	}
	c.done.Episodes++
	c.done.Steps += int64(t.record.meta.Steps)
	c.done.Bytes = c.writer.bytes
	c.tell()
	return t.record.meta, nil
}

// stage is what a worker keeps between episodes: one environment by name, and one agent by both names.
type stage struct {
	options CollectOptions
	envs    map[string]env.Env
	agents  map[[2]string]Agent
	encoder *zstd.Encoder
}

func newStage(options CollectOptions, encoder *zstd.Encoder) *stage {
	return &stage{options: options, envs: map[string]env.Env{}, agents: map[[2]string]Agent{}, encoder: encoder}
}

// work plays episodes until the queue is closed.
func (c *collector) work(ctx context.Context, queue <-chan *take) {
	s := newStage(c.options, c.writer.encoder)
	defer s.close()
	for t := range queue {
		t.record, t.err = s.play(ctx, t.number)
		close(t.ready)
	}
}

func (s *stage) close() {
	for _, e := range s.envs {
		e.Close()
	}
}

// play records and packs the episode of a number.
func (s *stage) play(ctx context.Context, number int) (*record, error) {
	o := s.options
	name := o.Envs[number%len(o.Envs)]
	agentName := o.agent(number)
	e, agent, err := s.cast(name, agentName)
	if err != nil {
		return nil, err
	}
	seed, agentSeed := EpisodeSeeds(o.Seed, number)
	limit := o.MaxSteps
	if limit <= 0 && e.Spec().MaxEpisodeSteps <= 0 {
		limit = DefaultMaxSteps
	}
	episode, err := Record(ctx, e, agent, RecordOptions{Seed: seed, AgentSeed: agentSeed, MaxSteps: limit, NoStates: o.NoStates})
	if err != nil {
		return nil, playError(name, agentName, number, seed, err)
	}
	episode.Env, episode.Number, episode.Agent = versioned(name, episode.Spec.ID), number, agentName
	packed, err := packRecord(episode, s.encoder)
	if err != nil {
		return nil, playError(name, agentName, number, seed, err)
	}
	return packed, nil
}

func playError(name, agent string, number int, seed uint64, err error) error {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return fmt.Errorf("datasets: episode %d, %s played by %s from seed %d: %w", number, name, agent, seed, err)
}

// cast returns the environment and the agent of the names, made at their first use.
func (s *stage) cast(name, agentName string) (env.Env, Agent, error) {
	e, ok := s.envs[name]
	if !ok {
		made, err := s.options.MakeEnv(name)
		if err != nil {
			return nil, nil, fmt.Errorf("datasets: making the environment: %w", err)
		}
		e = made
		s.envs[name] = e
	}
	key := [2]string{name, agentName}
	agent, ok := s.agents[key]
	if !ok {
		made, err := s.options.MakeAgent(agentName, e)
		if err != nil {
			return nil, nil, fmt.Errorf("datasets: making the agent %s for %s: %w", agentName, name, err)
		}
		agent = made
		s.agents[key] = agent
	}
	return e, agent, nil
}

// versioned returns name with the id that it stood for: a name without a version means the newest, and the newest
// changes. The id of a dream is a whole name already.
func versioned(name, id string) string {
	if _, query, found := strings.Cut(name, "?"); found && !strings.Contains(id, "?") {
		return id + "?" + query
	}
	return id
}

// EpisodeSeeds returns the seeds of environment and agent of an episode of a job: independent streams for every job and
// number.
func EpisodeSeeds(job uint64, number int) (environment, agent uint64) {
	root := mix(job, uint64(number))
	return mix(root, 1), mix(root, 2)
}

// golden is 2^64 over the golden ratio, made odd.
const golden = 0x9e3779b97f4a7c15

// mix is element b of the SplitMix64 stream (Steele, Lea and Flood, 2014) whose seed is the hash of a.
func mix(a, b uint64) uint64 { return finalise(finalise(a+golden) + b*golden) }

// finalise is SplitMix64's bijective hash.
func finalise(z uint64) uint64 {
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}
