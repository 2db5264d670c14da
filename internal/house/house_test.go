package house

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const root = "../.."

// unread are the folders that hold no source: history and what programs make.
var unread = []string{".git", "bin", "out", "data", "runs"}

// readSources returns every file of the repository, other modules that lie inside it apart.
func readSources(t *testing.T) (sources []source) {
	t.Helper()
	err := filepath.WalkDir(root, func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		relative, err := filepath.Rel(root, name)
		if err != nil {
			return err
		}
		relative = filepath.ToSlash(relative)
		if entry.IsDir() {
			_, missing := os.Stat(filepath.Join(name, "go.mod"))
			if slices.Contains(unread, relative) || relative != "." && missing == nil {
				return filepath.SkipDir
			}
			return nil
		}
		if !entry.Type().IsRegular() || relative == ".git" || strings.HasSuffix(relative, ".test") || strings.HasSuffix(relative, ".prof") {
			return nil
		}
		text, err := os.ReadFile(name)
		sources = append(sources, source{relative, string(text)})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return sources
}

func TestEveryFileKeepsTheRules(t *testing.T) {
	sources := readSources(t)
	for _, s := range sources {
		if strings.Contains(s.path, "testdata/") && strings.HasSuffix(s.path, ".go") {
			continue
		}
		for _, complaint := range checkSource(s) {
			t.Error(complaint)
		}
	}
	for _, must := range []string{"go.mod", "env/env.go", "internal/house/rules_test.go", "README.md"} {
		if !slices.ContainsFunc(sources, func(s source) bool { return s.path == must }) {
			t.Errorf("%s was not looked at: the walk is broken or the file is gone", must)
		}
	}
}

func TestEveryPackageTellsWhatItIs(t *testing.T) {
	told := map[string]bool{}
	for _, s := range readSources(t) {
		if !strings.HasSuffix(s.path, ".go") || strings.HasSuffix(s.path, "_test.go") || strings.Contains(s.path, "testdata/") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), s.path, s.text, parser.PackageClauseOnly|parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		told[s.folder()] = told[s.folder()] || file.Doc != nil
	}
	for folder, ok := range told {
		if !ok {
			t.Errorf("%s has no package comment; write one above the package clause of doc.go or of %s.go", folder, path.Base(folder))
		}
	}
}

func TestEveryTreeOfTheTablesIsNamedOnce(t *testing.T) {
	for tree, allowed := range layers {
		for _, target := range allowed {
			if _, ok := layers[target]; !ok {
				t.Errorf("layers[%q] names %q, which has no row", tree, target)
			}
			if target == "world" && (within(tree, "agents") || within(tree, "evals")) {
				t.Errorf("%s must never import world", tree)
			}
		}
	}
}

func TestLicenceIsApache(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(root, "LICENSE"))
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{"Apache License", "Version 2.0, January 2004", "END OF TERMS AND CONDITIONS"} {
		if !strings.Contains(string(text), part) {
			t.Errorf("LICENSE lacks %q", part)
		}
	}
}
