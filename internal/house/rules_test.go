package house

// module is the path of this module.
const module = "somnium"

// layers says for every tree of packages which other trees of this module it may import. A package belongs to the longest
// row that its path starts with; it may import its own row's tree only where the row says so. Test files are free of this
// table, for they stand packages beside each other, but not of the next one.
var layers = map[string][]string{
	// The contract: the standard library and itself.
	"env":         {},
	"env/wrap":    {"env", "internal/picture"}, // videos
	"env/envtest": {"env", "env/wrap"},
	"env/remote":  {"env"},

	// Ground truth.
	"sim":       {"env", "env/wrap", "internal/picture"},
	"sim/voxel": {"env", "env/wrap", "internal/picture", "sim/voxel"},
	"sim/all":   {"env", "env/wrap", "sim", "sim/voxel"},

	// The model, from its mathematics upward.
	"world/diffusion": {},
	"world/tokenizer": {"internal/nn", "internal/gop", "internal/kernel", "internal/ckpt"},
	"world/dit":       {"env", "internal/nn", "internal/gop", "internal/kernel", "internal/ckpt", "world/diffusion"},
	"world/flow":      {"internal/nn", "internal/gop", "internal/kernel", "internal/ckpt"},
	"world/train": {
		"internal/nn", "internal/gop", "internal/kernel", "internal/ckpt", "internal/atomicfile", "internal/progress", "internal/picture",
		"world", "world/tokenizer", "world/flow", "world/dit", "world/diffusion", "datasets", "env",
	},
	"world/parity":  {},
	"world/weights": {},
	"world": {
		"env", "env/wrap", "world/tokenizer", "world/flow", "world/dit", "world/diffusion", "world/weights",
		"internal/nn", "internal/kernel", "internal/ckpt",
	},

	// What steps environments. None of them knows whether it steps the truth or a dream.
	"agents":     {"agents", "env", "env/wrap", "internal/nn", "internal/gop", "internal/kernel", "internal/ckpt"},
	"agents/all": {"env", "env/wrap", "agents"},
	"evals":      {"evals", "env", "env/wrap", "internal/nn", "internal/gop", "internal/picture", "internal/progress", "internal/atomicfile"},
	"datasets":   {"env", "env/wrap", "agents", "internal/progress", "internal/atomicfile"},
	// Data sets that other programs read and write.
	"datasets/table":   {},
	"datasets/minari":  {"env", "datasets", "datasets/table", "internal/atomicfile"},
	"datasets/lerobot": {"env", "datasets", "datasets/table", "internal/atomicfile", "internal/picture"},
	"datasets/video":   {"env", "datasets", "internal/atomicfile", "internal/picture"},
	"datasets/vpt":     {"env", "datasets", "datasets/video"},
	// The viewer; its tests alone furnish it with simulators and agents, as the command line does in earnest.
	"viewer":                 {"env", "env/wrap", "internal/picture", "internal/atomicfile", "viewer"},
	"viewer/stage/stagetest": {"env", "sim/all", "agents/all", "viewer"},
	"viewer/app":             {"env", "viewer"},

	// The command line sees everything but the window.
	"cmd": {
		"env", "env/wrap", "env/remote", "sim", "sim/all", "world", "world/tokenizer", "world/dit", "world/diffusion", "world/train",
		"world/weights", "agents", "agents/all", "evals", "datasets", "datasets/minari", "datasets/lerobot",
		"datasets/video", "datasets/vpt", "viewer", "internal/ckpt", "internal/picture",
		"internal/progress", "internal/atomicfile", "internal/kernel", "internal/nn",
	},

	// The inside.
	"internal/kernel":     {},
	"internal/gop":        {"internal/kernel"},
	"internal/nn":         {"internal/gop", "internal/kernel", "internal/ckpt"},
	"internal/ckpt":       {"internal/atomicfile"},
	"internal/atomicfile": {},
	"internal/picture":    {"internal/atomicfile"},
	"internal/progress":   {},
	"internal/house":      {},
	"internal/gallery":    {"env", "agents", "agents/all", "internal/picture"},
	// The comparison of variants sees what it compares, and what measures it.
	"internal/ablate": {"env", "sim/all", "world", "world/train", "world/dit", "datasets", "agents/all", "evals", "internal/atomicfile"},
	// The measurements beside peers see what they measure.
	"internal/bench": {"env", "sim/all", "world", "world/train", "datasets", "agents/all", "internal/kernel"},
}

// outside says for every module from elsewhere, by the start of its import path, which trees may import it, in test files
// too. What is not listed may be imported by nobody.
var outside = map[string][]string{
	"gorgonia.org/":                     {"internal/gop", "internal/nn", "world/tokenizer", "world/flow", "world/dit", "world/train", "agents", "evals"},
	"github.com/chewxy/hm":              {"internal/gop"}, // the types of Gorgonia's operators
	"gonum.org/v1/plot":                 {"world/train", "agents", "evals", "cmd", "internal/ablate"},
	"github.com/vmihailenco/msgpack/v5": {"datasets", "env/remote"},
	"github.com/klauspost/compress":     {"datasets"},
	"github.com/jakecoffman/cp/v2":      {"sim/rigid"},
	"github.com/spf13/cobra":            {"cmd"},
	"github.com/hajimehoshi/ebiten/v2":  {"viewer/app"},
	"github.com/parquet-go/parquet-go":  {"datasets/table"},
	"github.com/coder/websocket":        {"viewer/serve", "viewer/app"},
	"github.com/chromedp":               {"viewer"}, // tests in a browser
	"golang.org/x/image":                {"internal/picture", "viewer/app", "viewer/ui"},
	"golang.org/x/sys":                  {"internal/kernel", "internal/progress", "datasets"},
	"golang.org/x/term":                 {"internal/progress", "cmd"},
}

// initAllowed lists the trees that may have an init function: the table of simulators is the only one.
var initAllowed = []string{"sim/all"}

// vagueNames are package names that say nothing.
var vagueNames = []string{"util", "utils", "common", "helper", "helpers", "misc", "base"}

// fileSuffixes are what may follow an underscore in the name of a Go or assembly file.
var fileSuffixes = []string{
	"test", "amd64", "arm64", "wasm", "js", "linux", "darwin", "windows", "unix", "other", "generic", "noasm", "slow", "bench",
}

// maxLines is the greatest length of a hand-written Go file.
const maxLines = 600

// banned are patterns that no tracked text matches: paths of one machine, private addresses and package registries. A
// bracket in each keeps this file itself clean of them.
var banned = []string{
	`(^|[^\w.~-])/wor[k]/`,
	`(^|[^\w.~-])/roo[t]/`,
	`(^|[^\w.~-])/hom[e]/\w`,
	`/User[s]/\w`,
	`\b(10|192\.168)(\.\d{1,3}){2,3}:\d`,
	`(proxy|sum)[.]golang\.org`,
	`pypi[.]org|pythonhosted[.]org|registry[.]npmjs`,
	`(?i)artifactor[y]|index-ur[l]`,
	`GOPROX[Y]=`,
}
