package minari

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"reflect"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"

	"somnium/datasets"
	"somnium/datasets/table"
	"somnium/env"
	"somnium/internal/atomicfile"
)

// Version is the version of Minari whose format is written; it is the first that knows of pictures stored as they are.
const Version = "0.5.4"

// Options are the options of [Export].
type Options struct {
	// ID is the data set's, [namespace/]name-vN. Default: somnium/ and the environment's id.
	ID string
	// Progress, where not nil, is called after every episode.
	Progress func(done, episodes int)
}

// validID is what Minari takes for an id.
var validID = regexp.MustCompile(`^(?:[-\w][-\w/]*[-\w]/)?[-\w]+-v\d+$`)

// Export writes the episodes of a data set, all of one environment and one frame size, as the Minari data set of the id
// under root, and returns the id. Either the whole of it is written or nothing. It is an error if one of this id is there.
func Export(ctx context.Context, d *datasets.Dataset, root string, o Options) (id string, err error) {
	if d.Len() == 0 {
		return "", errors.New("minari: there is no episode to export")
	}
	if err := uniform(d); err != nil {
		return "", err
	}
	id = o.ID
	if id == "" {
		id = "somnium/" + plain(d.Meta(0).ID())
	}
	if !validID.MatchString(id) {
		return "", fmt.Errorf("minari: %q is no id of a Minari data set; one looks like somnium/catch-v0", id)
	}
	if err := makeNamespaces(root, id); err != nil {
		return "", err
	}
	return id, datasets.Build(filepath.Join(root, filepath.FromSlash(id)), func(folder string) error {
		return (&exporter{data: d, folder: filepath.Join(folder, "data"), id: id, progress: o.Progress}).run(ctx)
	})
}

// uniform returns an error unless all episodes are of one environment and size.
func uniform(d *datasets.Dataset) error {
	first := d.Meta(0)
	for i := range d.Len() {
		if m := d.Meta(i); m.Env != first.Env || m.Height != first.Height || m.Width != first.Width {
			return fmt.Errorf("minari: a Minari data set has one environment and one frame size, and here are %s of %dx%d and %s of %dx%d; choose with --env",
				first.Env, first.Height, first.Width, m.Env, m.Height, m.Width)
		}
	}
	return nil
}

// plain replaces what has no place in a name.
func plain(id string) string {
	name := regexp.MustCompile(`[^-\w]+`).ReplaceAllString(id, "-")
	if !regexp.MustCompile(`-v\d+$`).MatchString(name) {
		name += "-v0"
	}
	return strings.Trim(name, "-")
}

// makeNamespaces makes the folders above the data set, and says of each that it is a namespace.
func makeNamespaces(root, id string) error {
	if err := os.MkdirAll(filepath.Join(root, filepath.FromSlash(path.Dir(id))), 0o755); err != nil {
		return fmt.Errorf("minari: making the folder of %s: %w; name another with --out", id, err)
	}
	for space := path.Dir(id); space != "."; space = path.Dir(space) {
		file := filepath.Join(root, filepath.FromSlash(space), "namespace_metadata.json")
		if _, err := os.Stat(file); !errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err := atomicfile.WriteBytes(file, []byte("{}\n")); err != nil {
			return fmt.Errorf("minari: %w", err)
		}
	}
	return nil
}

// exporter is an export under way.
type exporter struct {
	data     *datasets.Dataset
	folder   string
	id       string
	spec     env.Spec
	steps    int
	agents   []string
	progress func(done, episodes int)

	// mutex guards what follows: what came of the episodes so far.
	mutex sync.Mutex
	done  int
	bytes int64
	err   error
}

// run writes the episodes, each of which is a file of its own, as many at a time as there are processors.
func (x *exporter) run(ctx context.Context) error {
	slots := make(chan struct{}, runtime.GOMAXPROCS(0))
	var writing sync.WaitGroup
	for i := range x.data.Len() {
		slots <- struct{}{}
		if x.failed() {
			break
		}
		e, err := x.next(ctx, i)
		if err != nil {
			x.wrote(0, err)
			break
		}
		writing.Go(func() {
			size, err := x.episode(i, e)
			x.wrote(size, err)
			<-slots
		})
	}
	writing.Wait()
	if x.err != nil {
		return x.err
	}
	return x.metadata()
}

// wrote takes down what came of an episode.
func (x *exporter) wrote(size int64, err error) {
	x.mutex.Lock()
	defer x.mutex.Unlock()
	x.err = errors.Join(x.err, err)
	x.bytes += size
	x.done++
	if err == nil && x.progress != nil {
		x.progress(x.done, x.data.Len())
	}
}

// failed says whether an episode could not be written.
func (x *exporter) failed() bool {
	x.mutex.Lock()
	defer x.mutex.Unlock()
	return x.err != nil
}

// next reads an episode, and notes what is told of all of them.
func (x *exporter) next(ctx context.Context, i int) (*datasets.Episode, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	e, err := x.data.Episode(i)
	if err != nil {
		return nil, err
	}
	if i == 0 {
		x.spec = e.Spec
	}
	if !reflect.DeepEqual(e.Spec.Action, x.spec.Action) {
		return nil, fmt.Errorf("minari: episode %d has the actions %v, and those before it %v; export them one by one", i, e.Spec.Action, x.spec.Action)
	}
	x.steps += e.Len()
	if !slices.Contains(x.agents, e.Agent) {
		x.agents = append(x.agents, e.Agent)
	}
	return e, nil
}

// notes is what an episode keeps beside what Minari knows.
type notes struct {
	Env      string             `json:"env"`
	Number   int                `json:"number"`
	Agent    string             `json:"agent"`
	Captions []datasets.Caption `json:"captions,omitempty"`
}

// episodeMetadata is the metadata.json of an episode.
type episodeMetadata struct {
	ID         int    `json:"id"`
	TotalSteps int    `json:"total_steps"`
	Seed       uint64 `json:"seed"`
	Somnium    *notes `json:"somnium,omitempty"`
}

// episode writes one episode; several are written at once.
func (x *exporter) episode(i int, e *datasets.Episode) (size int64, err error) {
	folder := filepath.Join(x.folder, fmt.Sprint(i))
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return 0, fmt.Errorf("minari: %w", err)
	}
	columns, err := columnsOf(e)
	if err != nil {
		return 0, fmt.Errorf("minari: episode %d: %w", i, err)
	}
	file := filepath.Join(folder, "part-0.parquet")
	err = atomicfile.Write(file, func(w io.Writer) error { return table.Write(w, e.Len()+1, columns, nil) })
	if err != nil {
		return 0, fmt.Errorf("minari: %w", err)
	}
	info, err := os.Stat(file)
	if err != nil {
		return 0, fmt.Errorf("minari: %w", err)
	}
	return info.Size(), writeJSON(filepath.Join(folder, metadataName), episodeMetadata{
		ID: i, TotalSteps: e.Len(), Seed: e.Seed, Somnium: &notes{Env: e.Env, Number: e.Number, Agent: e.Agent, Captions: e.Captions},
	})
}

// columnsOf lays out an episode in T+1 rows.
func columnsOf(e *datasets.Episode) ([]table.Column, error) {
	if e.Spec.Action == nil {
		return nil, errors.New("its spec has no space of actions")
	}
	columns := []table.Column{
		{Path: []string{"observations"}, Width: e.Height * e.Width * 3, Data: e.Frames},
		{Path: []string{"rewards"}, Data: append(slices.Clone(e.Rewards), 0)},
		{Path: []string{"terminations"}, Data: append(slices.Clone(e.Terminated), false)},
		{Path: []string{"truncations"}, Data: append(slices.Clone(e.Truncated), false)},
	}
	for i, a := range e.Actions {
		if err := e.Spec.Action.Contains(a); err != nil {
			return nil, fmt.Errorf("action %d: %w", i, err)
		}
	}
	return appendActions(columns, []string{"actions"}, e.Spec.Action, e.Actions), nil
}

// appendActions adds the columns of a space's values, with a padding row.
func appendActions(columns []table.Column, name []string, space env.Space, values []env.Value) []table.Column {
	column := table.Column{Path: name}
	switch s := space.(type) {
	case env.Discrete:
		column.Data = gather(values, 1, func(v env.Value) []int64 { return []int64{int64(v.Int[0])} })
	case env.MultiDiscrete:
		column.Width = len(s.Nvec)
		column.Data = gather(values, column.Width, func(v env.Value) []int64 {
			wide := make([]int64, len(v.Int))
			for i, choice := range v.Int {
				wide[i] = int64(choice)
			}
			return wide
		})
	case env.Box:
		column.Width = s.Size()
		if s.Type == env.Uint8 {
			column.Data = gather(values, column.Width, func(v env.Value) []uint8 { return v.U8 })
		} else {
			column.Data = gather(values, column.Width, func(v env.Value) []float32 { return v.F32 })
		}
	case env.Dict:
		for key, part := range s.Spaces {
			inner := make([]env.Value, len(values))
			for i, v := range values {
				inner[i] = v.Dict[key]
			}
			columns = appendActions(columns, append(slices.Clone(name), key), part, inner)
		}
		return columns
	}
	return append(columns, column)
}

// gather joins what take gives of each value, and as many zeros as one more would have.
func gather[T any](values []env.Value, width int, take func(env.Value) []T) []T {
	out := make([]T, 0, (len(values)+1)*width)
	for _, v := range values {
		out = append(out, take(v)...)
	}
	return append(out, make([]T, width)...)
}
