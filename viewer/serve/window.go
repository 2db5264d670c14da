package serve

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/coder/websocket"

	"somnium/viewer/stage"
	"somnium/viewer/wire"
)

// window is one window and its stage: one goroutine reads what it says, one writes what it is told, and one, this one, has the
// stage.
type window struct {
	server *Server
	stage  *stage.Stage
	// said are the commands and dropped files, view the newest view that was not sent yet, told everything else.
	said chan said
	view chan wire.View
	told chan wire.Message
	// covered is the length of the timeline in the newest view, from where the one that is due begins.
	covered, from int
	steps         []time.Time // of the last second
	saving        atomic.Bool // a stretch is being saved
	shown         bool        // the pictures of the scenes were asked for
}

// said is one message of a window.
type said struct {
	command wire.Command
	file    []byte
}

// attend serves a window until it closes, which is no error, or says something that is.
func (s *Server) attend(parent, connection context.Context, conn *websocket.Conn, hello wire.Command) error {
	ctx, cancel := context.WithCancel(parent)
	defer cancel()
	w := &window{
		server: s, said: make(chan said, 64), view: make(chan wire.View, 1), told: make(chan wire.Message, 256),
	}
	ends := make(chan error, 2)
	written := make(chan struct{})
	go func() { ends <- w.read(ctx, connection, conn) }()
	go func() { defer close(written); ends <- w.write(ctx, connection, conn) }()
	welcome := s.Welcome
	w.tell(wire.Message{Welcome: &welcome})
	set, err := s.stageOf(hello)
	w.stage = set
	defer w.stage.Close()
	w.report(err)
	err = w.run(ctx, ends)
	cancel()
	<-written // a message that is cut short would be the last that the window hears, and not why it ends
	return err
}

// greet waits for a hello. That of a connection that ended by itself is empty.
func (s *Server) greet(ctx context.Context, conn *websocket.Conn) (wire.Command, error) {
	ctx, cancel := context.WithTimeout(ctx, s.patience())
	defer cancel()
	kind, data, err := conn.Read(ctx)
	if err != nil {
		return wire.Command{}, nothing(err)
	}
	if kind != websocket.MessageText {
		return wire.Command{}, errors.New("the first message must be a hello")
	}
	c, err := wire.DecodeCommand(data)
	switch {
	case err != nil:
		return c, err
	case c.Do != wire.Hello:
		return c, fmt.Errorf("the first message is %q; it must be hello", c.Do)
	case c.Version != wire.Version:
		return c, &failure{"version", fmt.Errorf("the window speaks version %d and this server %d: load the page again", c.Version, wire.Version)}
	case !same(c.Token, s.Token):
		return c, &failure{"token", errors.New("the token is not the one that the server was started with: take the link that it printed")}
	}
	return c, nil
}

// nothing returns nil for the errors of a connection that ended by itself.
func nothing(err error) error {
	if websocket.CloseStatus(err) == websocket.StatusMessageTooBig {
		return err
	}
	return nil
}

// read passes on what the window says, until ctx or the connection ends.
func (w *window) read(ctx, connection context.Context, conn *websocket.Conn) error {
	for {
		kind, data, err := conn.Read(connection)
		if err != nil {
			return nothing(err)
		}
		next := said{file: data}
		if kind == websocket.MessageText {
			next = said{}
			if next.command, err = wire.DecodeCommand(data); err != nil {
				return err
			}
			if next.command.Do == wire.Hello {
				return errors.New("a second hello")
			}
		}
		select {
		case w.said <- next:
		case <-ctx.Done():
			return nil
		}
	}
}

// write sends what is due until ctx or the connection ends. Messages that must not be lost go before views.
func (w *window) write(ctx, connection context.Context, conn *websocket.Conn) error {
	for {
		var m wire.Message
		select {
		case m = <-w.told:
		default:
			select {
			case m = <-w.told:
			case v := <-w.view:
				m = wire.Message{View: &v}
			case <-ctx.Done():
				return nil
			}
		}
		data, err := m.Encode()
		if err != nil {
			return err
		}
		patient, cancel := context.WithTimeout(connection, w.server.patience())
		err = conn.Write(patient, websocket.MessageBinary, data)
		cancel()
		if err != nil {
			return nil
		}
	}
}

var errStopping error = &failure{"stopping", errors.New("the server stops")}

// run drives the stage.
func (w *window) run(ctx context.Context, ends <-chan error) error {
	timer := time.NewTimer(0)
	defer timer.Stop()
	due := time.Now()
	for {
		w.publish()
		if w.stage.Moving() {
			timer.Reset(time.Until(due))
		} else {
			timer.Stop()
		}
		select {
		case err := <-ends:
			if err == nil && ctx.Err() != nil { // the writer has seen it first
				return errStopping
			}
			return err
		case <-ctx.Done():
			return errStopping
		case s := <-w.said:
			idle := !w.stage.Moving()
			w.answer(ctx, s)
			w.drain(ctx)
			if idle {
				due = time.Now()
			}
		case <-timer.C:
			w.report(w.stage.Advance())
			w.count()
			// A stage that cannot keep up does not owe the steps that it is late with.
			due = due.Add(w.stage.Interval())
			if now := time.Now(); due.Before(now) {
				due = now
			}
		}
	}
}

// drain answers what was said meanwhile, so that a step counts the newest hands.
func (w *window) drain(ctx context.Context) {
	for {
		select {
		case s := <-w.said:
			w.answer(ctx, s)
		default:
			return
		}
	}
}

// count notes a step for the rate.
func (w *window) count() {
	now := time.Now()
	w.steps = append(w.steps, now)
	for len(w.steps) > 1 && now.Sub(w.steps[0]) > 2*time.Second {
		w.steps = w.steps[1:]
	}
}

// rate returns the steps in a second, 0 where nothing moves.
func (w *window) rate() float64 {
	if len(w.steps) < 2 || time.Since(w.steps[len(w.steps)-1]) > 2*time.Second {
		return 0
	}
	return float64(len(w.steps)-1) / w.steps[len(w.steps)-1].Sub(w.steps[0]).Seconds()
}

// publish makes the present moment the view that is due. One that was not sent yet gives way to it.
func (w *window) publish() {
	for _, n := range w.stage.Notices() {
		w.tell(wire.Message{Notice: &n})
	}
	select {
	case <-w.view:
	default:
		w.from = w.covered
	}
	w.from = min(w.from, w.stage.Low())
	v := w.stage.View(w.from)
	v.Rate = w.rate()
	w.covered = v.Len
	w.view <- v
}

// tell queues a message. A window that takes none of them loses those that it has no room for.
func (w *window) tell(m wire.Message) {
	select {
	case w.told <- m:
	default:
	}
}

// report tells the person of an error of theirs or the stage's.
func (w *window) report(err error) {
	if err != nil {
		w.tell(wire.Message{Notice: &wire.Notice{Text: plain(err), Bad: true}})
	}
}

// answer carries out what was said.
func (w *window) answer(ctx context.Context, s said) {
	switch {
	case s.file != nil:
		w.report(w.stage.Drop(s.file))
	case s.command.Do == wire.Save:
		w.save(s.command)
	case s.command.Do == wire.Thumbnails:
		if !w.shown {
			w.shown = true
			go w.server.thumbnails(ctx, w.tell)
		}
	default:
		w.report(w.stage.Do(s.command))
	}
}

// save takes a stretch away, beside what goes on.
func (w *window) save(c wire.Command) {
	if w.server.Save == nil || !w.stage.Ready() {
		w.report(errors.New("there is nothing to save, or nowhere to save it"))
		return
	}
	if w.saving.Swap(true) {
		w.report(errors.New("something is being saved; wait for that, and save again"))
		return
	}
	take := w.stage.Take(c.Count, c.Until)
	go func() {
		path, err := w.server.Save(take, c.Text)
		w.saving.Store(false)
		if err != nil {
			w.report(err)
			return
		}
		w.tell(wire.Message{Notice: &wire.Notice{Text: "Saved " + path}})
	}()
}
