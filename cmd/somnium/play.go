package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"somnium/env/remote"
	"somnium/viewer/scenes"
	"somnium/viewer/serve"
	"somnium/viewer/wire"
	"somnium/world"
)

// playing is what the flags of `play` set, beside those that it shares with `dream`.
type playing struct {
	*app
	dreaming
	headless, window, quiet bool
	listen, replay, token   string
	words                   string
	clip                    string
	at                      int
}

// playFigures is what `play` reports as soon as a window can connect.
type playFigures struct {
	Link  string `json:"link"`
	Env   string `json:"env"`
	Model string `json:"model"`
	PID   int    `json:"pid"`
}

func (a *app) play() *cobra.Command {
	p := &playing{app: a, dreaming: dreaming{app: a}}
	c := &cobra.Command{
		Use:   "play [env]",
		Short: "Step into a dream, with the truth beside it: the first thing to run",
		Long: "Serve a page on which truth and dream play side by side, under your keys, and open it in a browser; docs/viewer.md is about\n" +
			"it. The environment may also be a test of the menu, such as occluder. Clients of this machine alone can connect, unless\n" +
			"another address is given; then the link holds a token.\n\n" +
			"--headless opens nothing: it rolls both in lock-step, under the actions that lead the truth, writes a side-by-side picture and\n" +
			"says how near they stay.",
		Args: takes(0, 1),
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) > 0 {
				p.env = args[0]
			}
			if p.headless {
				return p.roll(c)
			}
			return p.run(c)
		},
	}
	p.flags(c, "out/play.gif", 4) // a first look need not wait for more
	flags := c.Flags()
	flags.StringVar(&p.env, "env", "RigidCatch-v0", "the environment to dream of")
	flags.BoolVar(&p.headless, "headless", false, "write a picture and open nothing")
	flags.StringVar(&p.listen, "listen", "127.0.0.1:7655", "address of the page: host:port; port 0 takes any that is free")
	flags.StringVar(&p.replay, "replay", "", "actions to replay, as a link has them")
	flags.StringVar(&p.words, "words", "", "what the dream is told (default: the caption of the scene)")
	flags.IntVar(&p.at, "at", 0, "the frame of the replay to show (default: the last one)")
	flags.StringVar(&p.clip, "clip", "", "a recorded episode to play beside the dream of it, as data/x#3")
	flags.BoolVar(&p.window, "window", false, "open the desktop window, which `make window` builds, in the place of a browser")
	flags.BoolVar(&p.quiet, "no-open", false, "print the link and open nothing")
	return c
}

// roll is `play --headless`.
func (p *playing) roll(c *cobra.Command) error {
	figures, err := p.dreaming.run(c)
	if err != nil {
		return err
	}
	return p.report(figures, func(w io.Writer) {
		figures.print(w)
		figures.goOn(w)
	})
}

// run serves the page until it is interrupted.
func (p *playing) run(c *cobra.Command) error {
	if model, simulator, ok := world.ParseDream(p.env); ok && simulator != "" {
		p.model, p.env = model, simulator
	}
	if p.clip != "" {
		p.env = p.clip
	}
	model, err := world.Open(p.model)
	if err != nil {
		return err
	}
	house := &playhouse{playing: p, model: model}
	if err := house.check(p.env); err != nil {
		return err
	}
	assets, err := windowAssets()
	if err != nil {
		return err
	}
	listener, err := remote.Listen(p.listen)
	if err != nil {
		return err
	}
	if _, ok := listener.Addr().(*net.TCPAddr); !ok {
		listener.Close()
		return usage("--listen %s is no address for a page; give host:port", p.listen)
	}
	start := wire.Place{Scene: p.env, Words: p.words, Replay: p.replay, At: p.at}
	if _, isTest := scenes.Find(p.env); c.Flags().Changed("seed") || !isTest {
		start.Seed = &p.seed
	}
	if !serve.Loopback(listener.Addr()) {
		if p.token = os.Getenv(tokenVariable); p.token == "" {
			p.token = rand.Text()
		}
	}
	server := &serve.Server{
		House: house.stage(), Welcome: house.welcome(), Start: start, Assets: os.DirFS(assets), Token: p.token, Save: house.save,
		Log: func(format string, args ...any) { fmt.Fprintf(p.app.err, format+"\n", args...) },
	}
	figures := playFigures{Link: p.link(listener), Env: p.env, Model: p.model, PID: os.Getpid()}
	if err := p.report(figures, func(w io.Writer) {
		fmt.Fprintf(w, "%s beside the dream of %s: %s\nCtrl-C ends it.\n", figures.Env, figures.Model, figures.Link)
	}); err != nil {
		listener.Close()
		return err
	}
	ctx, cancel := context.WithCancel(c.Context())
	defer cancel()
	if err := p.open(ctx, figures.Link, cancel); err != nil {
		fmt.Fprintf(p.app.err, "%v; open the link yourself\n", err)
	}
	return server.Serve(ctx, listener)
}

// link returns what to open.
func (p *playing) link(listener net.Listener) string {
	address := listener.Addr().(*net.TCPAddr)
	host := address.IP.String()
	if address.IP.IsUnspecified() {
		if name, err := os.Hostname(); err == nil {
			host = name
		}
	}
	link := url.URL{Scheme: "http", Host: net.JoinHostPort(host, strconv.Itoa(address.Port)), Path: "/"}
	if p.token != "" {
		link.RawQuery = url.Values{"token": {p.token}}.Encode()
	}
	return link.String()
}

// open opens the link in a browser, where there is a display, or the desktop window, with which the program ends.
func (p *playing) open(ctx context.Context, link string, end func()) error {
	if p.window {
		program, err := beside("somnium-window")
		if err != nil {
			return err
		}
		command := exec.CommandContext(ctx, program, "-link", link)
		command.Stdout, command.Stderr = p.app.out, p.app.err
		if err := command.Start(); err != nil {
			return fmt.Errorf("opening the window: %w", err)
		}
		go func() {
			command.Wait()
			end()
		}()
		return nil
	}
	if p.quiet || p.json {
		return nil
	}
	var command *exec.Cmd
	switch {
	case runtime.GOOS == "darwin":
		command = exec.Command("open", link)
	case runtime.GOOS == "windows":
		command = exec.Command("rundll32", "url.dll,FileProtocolHandler", link)
	case os.Getenv("DISPLAY") != "" || os.Getenv("WAYLAND_DISPLAY") != "":
		command = exec.Command("xdg-open", link)
	default:
		return nil // no display: the link is printed
	}
	if err := command.Start(); err != nil {
		return fmt.Errorf("opening a browser: %w", err)
	}
	go command.Wait()
	return nil
}

// beside returns a file in the folder of this program.
func beside(name string) (string, error) {
	program, err := os.Executable()
	if err != nil {
		return "", fmt.Errorf("finding this program's folder: %w", err)
	}
	if real, err := filepath.EvalSymlinks(program); err == nil {
		program = real
	}
	path := filepath.Join(filepath.Dir(program), name)
	if _, err := os.Stat(path); err != nil {
		return "", fmt.Errorf("%s is missing: run `make %s`", path, map[bool]string{true: "window", false: "play"}[name == "somnium-window"])
	}
	return path, nil
}

// windowAssets returns the folder of the page's program, which make play builds beside this one.
func windowAssets() (string, error) {
	if folder := os.Getenv("SOMNIUM_VIEWER"); folder != "" {
		return folder, nil
	}
	folder, err := beside("viewer")
	if err != nil {
		return "", errors.New("the page's program is not built: run `make play`, or take --headless for a picture alone")
	}
	return folder, nil
}

// goOn says what to try next.
func (f dreamFigures) goOn(w io.Writer) {
	model := ""
	if f.Model != defaultModel {
		model = " --model " + f.Model
	}
	fmt.Fprintf(w, "\nopen %s: on the left the truth, in the middle the dream, on the right where they differ. To go on:\n", f.Out)
	table := tabwriter.NewWriter(w, 2, 0, 3, ' ', 0)
	fmt.Fprintf(table, "  make play\tthe same live, in a browser, under your keys\n")
	fmt.Fprintf(table, "  bin/somnium dream RigidPush-v0 --seed 1%s\tanother world, another seed\n", model)
	fmt.Fprintf(table, "  bin/somnium dream RigidBounce-v0 --image your.png%s\ton from a picture of yours\n", model)
	fmt.Fprintf(table, "  bin/somnium measure %s --quick\twhat the model can do, figure by figure\n", f.Model)
	table.Flush()
}

// stamp names what is saved now.
func stamp() string { return time.Now().Format("0102-150405") }
