//go:build viewer

package browser

import (
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"somnium/viewer/ui"
)

// TestCraft opens the sheet of recipes in a world of blocks and makes something, as far as a window can tell.
func TestCraft(t *testing.T) {
	link, _ := play(t, "127.0.0.1:0", "VoxelSurvive-v0")
	b := browse(t)
	b.do(chromedp.Navigate(link))
	b.until("a world of blocks", func(s ui.State) bool { return s.Len > 1 && s.Linked })
	b.press("c")
	b.until("the sheet of recipes", func(s ui.State) bool { return s.Sheet == 5 })
	b.settle()
	b.shot("craft")
	b.press("a")
	b.until("planks to be asked for", func(s ui.State) bool {
		return s.Agent == "" && s.Seq > 0 && slices.ContainsFunc(s.Toasts, func(text string) bool { return strings.HasPrefix(text, "Trying to make 4 planks") })
	})
	b.press(kb.Escape)
	b.until("the sheet to close", func(s ui.State) bool { return s.Sheet == 0 })
	b.shot("craft-keys")
}
