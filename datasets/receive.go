package datasets

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// ReceiveOptions are the options of [Receive].
type ReceiveOptions struct {
	WriterOptions
	// Begin, where not nil, is called once the folder is open, with the numbers of the episodes that it holds.
	Begin func(numbers []int) error
	// Kept, where not nil, is called with an episode's number once the episode is kept whatever happens to the program.
	Kept func(number int) error
}

// Receive appends the episodes of a stream to the data set in dir, which it makes if need be. The stream, by which programs
// in other languages hand episodes over, is one record after the other: the length of the meta as uint32 (little endian),
// the meta, the length of the body, the body; both are msgpack as the package's comment tells, the body uncompressed. Of the
// meta, what the body tells as well may be left out: return and ends. What does not hold together ends it with an error; the
// episodes before it are kept. A stream that ends within a record is an error, too.
func Receive(ctx context.Context, dir string, stream io.Reader, options ReceiveOptions) (err error) {
	w, err := NewWriter(dir, options.WriterOptions)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.Close()) }()
	if options.Begin != nil {
		numbers, err := present(dir)
		if err != nil {
			return err
		}
		if err := options.Begin(numbers); err != nil {
			return err
		}
	}
	for count := 0; ; count++ {
		episode, err := receive(stream)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("datasets: record %d of the stream: %w; see what sends it, the records before are kept", count, err)
		}
		if err := errors.Join(ctx.Err(), w.Append(episode)); err != nil {
			return err
		}
		if options.Kept != nil {
			if err := options.Kept(episode.Number); err != nil {
				return err
			}
		}
	}
}

// present lists the numbers of the episodes in the folder.
func present(dir string) ([]int, error) {
	paths, err := shardPaths(dir)
	if err != nil {
		return nil, err
	}
	d, err := openShards(paths...)
	if err != nil {
		return nil, err
	}
	if err := d.Damage(); err != nil {
		return nil, fmt.Errorf("datasets: %s cannot be gone on with before its damage is mended: %w", dir, err)
	}
	numbers := make([]int, d.Len()) // not nil, which would be written as null
	for i := range numbers {
		numbers[i] = d.Meta(i).Number
	}
	return numbers, nil
}

// receive reads one record of a stream; io.EOF says that there is no other.
func receive(stream io.Reader) (*Episode, error) {
	packed, err := readPart(stream, maxMetaBytes)
	if err != nil {
		return nil, err
	}
	body, err := readPart(stream, maxRawBytes)
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return nil, err
	}
	meta, err := unpackMeta(packed)
	if err != nil {
		return nil, fmt.Errorf("its meta: %w", err)
	}
	episode, err := unpackBody(meta, body, true)
	if err != nil {
		return nil, fmt.Errorf("its body: %w", err)
	}
	return episode, checkSpaces(episode)
}

// checkSpaces returns an error unless frames and actions are elements of the spaces that the episode's spec tells of.
func checkSpaces(e *Episode) error {
	if e.Spec.Observation == nil || e.Spec.Action == nil {
		return errors.New("its spec lacks the space of observations or of actions")
	}
	if height, width, err := frameSize(e.Spec); err != nil || height != e.Height || width != e.Width {
		return fmt.Errorf("its frames are of %dx%d, and its observations are %v", e.Height, e.Width, e.Spec.Observation)
	}
	for i, action := range e.Actions {
		if err := e.Spec.Action.Contains(action); err != nil {
			return fmt.Errorf("action %d: %w", i, err)
		}
	}
	return nil
}

// readPart reads a length and as many bytes, in memory that grows with what has arrived.
func readPart(stream io.Reader, limit int) ([]byte, error) {
	var head [4]byte
	if _, err := io.ReadFull(stream, head[:]); err != nil {
		return nil, err
	}
	length := binary.LittleEndian.Uint32(head[:])
	if int64(length) > int64(limit) {
		return nil, fmt.Errorf("a part of %d bytes; at most %d are read", length, limit)
	}
	data, err := io.ReadAll(io.LimitReader(stream, int64(length)))
	if err == nil && len(data) < int(length) {
		err = io.ErrUnexpectedEOF
	}
	return data, err
}
