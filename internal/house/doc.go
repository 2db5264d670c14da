// Package house holds the whole repository to its own rules, by tests alone: who may import whom, how things are named,
// how long files grow and what text stays out. The rules are the tables in rules_test.go; a change of the architecture is
// a change of those tables, in the same commit.
package house
