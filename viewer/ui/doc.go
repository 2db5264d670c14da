// Package ui is what the viewer's window shows and how it is used, without a window: a [UI] takes what the server says and, sixty
// times a second, what keys and mouse do, draws itself onto a [Canvas] and returns what is to be sent. It knows neither Ebitengine
// nor a browser, so that tests press its keys and read what it draws.
//
// Everything can be done by the keyboard. The colours are Okabe and Ito's, which colour-blind people tell apart, and nothing is told
// by colour alone.
package ui
