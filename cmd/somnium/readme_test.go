package main

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// The README's table and the command line name the same commands.
func TestReadmeListsTheCommands(t *testing.T) {
	text, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	exists := map[string]bool{}
	for _, c := range (&app{}).root().Commands() {
		exists[c.Name()] = true
		if !strings.Contains(string(text), "| `somnium "+c.Name()) {
			t.Errorf("the table of commands in README.md lacks `somnium %s`", c.Name())
		}
	}
	for _, found := range regexp.MustCompile("`somnium ([a-z]+)").FindAllStringSubmatch(string(text), -1) {
		if !exists[found[1]] {
			t.Errorf("README.md speaks of `somnium %s`, which does not exist", found[1])
		}
	}
}
