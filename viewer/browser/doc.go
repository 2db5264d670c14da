// Package browser holds the tests of the viewer in a real browser and in a real window. They take Chromium, Xvfb and what the desktop
// window is built with, which `make test-viewer` installs where it can, and the build tag viewer.
package browser
