// Command app is the viewer's window: what package ui draws, on Ebitengine, in a browser page (GOOS=js) or as a desktop program
// (build tag window, for it needs a C compiler and the headers of the window system). It is the one importer of Ebitengine, and holds
// nothing that could be tested without it.
package main
