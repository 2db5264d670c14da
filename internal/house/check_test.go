package house

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// source is a file of the repository.
type source struct {
	// path is relative to the root, with slashes.
	path string
	text string
}

// folder returns the package path of the file within the module.
func (s source) folder() string {
	if i := strings.LastIndexByte(s.path, '/'); i >= 0 {
		return s.path[:i]
	}
	return "."
}

// generated says that the file was written by a program.
func (s source) generated() bool { return strings.Contains(s.text, "// Code generated ") }

// within says whether path is the tree or lies in it.
func within(path, tree string) bool {
	return path == tree || strings.HasPrefix(path, strings.TrimSuffix(tree, "/")+"/")
}

// row returns the longest key of layers that the package lies in, or "".
func row(folder string) string {
	best := ""
	for key := range layers {
		if within(folder, key) && len(key) > len(best) {
			best = key
		}
	}
	return best
}

// checkImports returns a complaint for every import of the file that the tables do not allow.
func checkImports(s source, file *ast.File) (complaints []string) {
	for _, spec := range file.Imports {
		path, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			complaints = append(complaints, fmt.Sprintf("%s: import %s cannot be read", s.path, spec.Path.Value))
			continue
		}
		if spec.Name != nil && spec.Name.Name == "." {
			complaints = append(complaints, fmt.Sprintf("%s imports %s with a dot; name the package", s.path, path))
		}
		if complaint := checkImport(s, path); complaint != "" {
			complaints = append(complaints, complaint)
		}
	}
	return complaints
}

// checkImport returns what is wrong with the import, or "".
func checkImport(s source, path string) string {
	switch {
	case within(path, module):
		return checkInside(s, strings.TrimPrefix(strings.TrimPrefix(path, module), "/"))
	case strings.Contains(strings.Split(path, "/")[0], "."):
		return checkOutside(s, path)
	}
	return "" // the standard library
}

// checkInside checks an import of the package of this module that lies at target.
func checkInside(s source, target string) string {
	if within(target, "viewer/app") && !within(s.folder(), "viewer/app") {
		return fmt.Sprintf("%s imports viewer/app, which is a program of its own", s.path)
	}
	from, to := row(s.folder()), row(target)
	if strings.HasSuffix(s.path, "_test.go") || s.folder() == target {
		return ""
	}
	if from == "" {
		return fmt.Sprintf("%s: the package has no row in layers; give it one", s.path)
	}
	// A part of a package's own folder, such as sim/rigid/raster, is open to it.
	if within(target, s.folder()) && from == to || slices.Contains(layers[from], to) {
		return ""
	}
	return fmt.Sprintf("%s: %s may not import %s; look for a capability of env, or move what is shared down", s.path, from, to)
}

// checkOutside checks an import from elsewhere.
func checkOutside(s source, path string) string {
	for prefix, trees := range outside {
		if within(path, prefix) {
			if slices.ContainsFunc(trees, func(tree string) bool { return within(s.folder(), tree) }) {
				return ""
			}
			return fmt.Sprintf("%s may not import %s, which only %v may", s.path, path, trees)
		}
	}
	return fmt.Sprintf("%s imports %s, which is not a listed dependency", s.path, path)
}

// checkFile returns the complaints about the names and the length of a Go file.
func checkFile(s source, file *ast.File) (complaints []string) {
	complain := func(format string, args ...any) {
		complaints = append(complaints, s.path+": "+fmt.Sprintf(format, args...))
	}
	if slices.Contains(vagueNames, file.Name.Name) {
		complain("package %s says nothing; name it after what it holds", file.Name.Name)
	}
	if n := strings.Count(s.text, "\n"); n > maxLines && !s.generated() {
		complain("it has %d lines, above %d; split it", n, maxLines)
	}
	for _, decl := range file.Decls {
		f, ok := decl.(*ast.FuncDecl)
		if ok && f.Recv == nil && f.Name.Name == "init" && !slices.ContainsFunc(initAllowed, func(tree string) bool { return within(s.folder(), tree) }) {
			complain("it has an init function; call it from where it is needed")
		}
	}
	for _, name := range declared(file) {
		if name != "_" && strings.Contains(strings.TrimSuffix(name, "_test"), "_") {
			complain("%s has an underscore in its name", name)
		}
	}
	for _, call := range skips(file) {
		complain("it calls %s; a test either holds or does not exist", call)
	}
	return complaints
}

// declared returns every identifier that the file declares, and its package name.
func declared(file *ast.File) (names []string) {
	add := func(idents ...*ast.Ident) {
		for _, ident := range idents {
			if ident != nil {
				names = append(names, ident.Name)
			}
		}
	}
	add(file.Name)
	ast.Inspect(file, func(node ast.Node) bool {
		switch n := node.(type) {
		case *ast.FuncDecl:
			add(n.Name)
		case *ast.TypeSpec:
			add(n.Name)
		case *ast.ValueSpec:
			add(n.Names...)
		case *ast.Field:
			add(n.Names...)
		case *ast.ImportSpec:
			add(n.Name)
		case *ast.AssignStmt:
			for _, left := range n.Lhs {
				if ident, ok := left.(*ast.Ident); ok && n.Tok == token.DEFINE {
					add(ident)
				}
			}
		}
		return true
	})
	return names
}

// skips returns the calls that skip a test.
func skips(file *ast.File) (calls []string) {
	ast.Inspect(file, func(node ast.Node) bool {
		call, ok := node.(*ast.CallExpr)
		if !ok {
			return true
		}
		selector, ok := call.Fun.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		receiver, ok := selector.X.(*ast.Ident)
		if ok && slices.Contains([]string{"t", "b", "f", "tb"}, receiver.Name) && slices.Contains([]string{"Skip", "Skipf", "SkipNow"}, selector.Sel.Name) {
			calls = append(calls, receiver.Name+"."+selector.Sel.Name)
		}
		return true
	})
	return calls
}

var plainName = regexp.MustCompile(`^[a-z][a-z0-9]*$`)

// checkName returns what is wrong with the name of a Go or assembly file, or "".
func checkName(s source) string {
	name := s.path[strings.LastIndexByte(s.path, '/')+1:]
	stem, _, _ := strings.Cut(name, ".")
	parts := strings.Split(stem, "_")
	if !plainName.MatchString(parts[0]) {
		return fmt.Sprintf("%s: a file name is lower case letters and digits", s.path)
	}
	for _, part := range parts[1:] {
		if !slices.Contains(fileSuffixes, part) {
			return fmt.Sprintf("%s: %q may not follow an underscore in a file name; run words together", s.path, part)
		}
	}
	return ""
}

// checkText returns a complaint for every line that a banned pattern matches. Binary files are left alone.
func checkText(s source) (complaints []string) {
	if !utf8.ValidString(s.text) || strings.ContainsRune(s.text, 0) {
		return nil
	}
	for i, line := range strings.Split(s.text, "\n") {
		for _, pattern := range bannedPatterns {
			if found := pattern.FindString(line); found != "" {
				complaints = append(complaints, fmt.Sprintf("%s:%d names %q, which belongs to one machine", s.path, i+1, found))
			}
		}
	}
	return complaints
}

var bannedPatterns = compile(banned)

func compile(patterns []string) (compiled []*regexp.Regexp) {
	for _, p := range patterns {
		compiled = append(compiled, regexp.MustCompile(p))
	}
	return compiled
}

// checkSource returns every complaint about one file.
func checkSource(s source) (complaints []string) {
	complaints = checkText(s)
	isGo := strings.HasSuffix(s.path, ".go")
	if isGo || strings.HasSuffix(s.path, ".s") {
		if complaint := checkName(s); complaint != "" {
			complaints = append(complaints, complaint)
		}
	}
	if !isGo {
		return complaints
	}
	file, err := parser.ParseFile(token.NewFileSet(), s.path, s.text, parser.SkipObjectResolution)
	if err != nil {
		return append(complaints, err.Error())
	}
	return append(append(complaints, checkImports(s, file)...), checkFile(s, file)...)
}
