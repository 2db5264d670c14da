// Package wire is what the viewer's window and its server say to each other, over a WebSocket.
//
// The window sends [Command]s, each a text message of JSON, and the content of a dropped file as a binary message. The server
// sends [Message]s, each a binary message: the length of a head in bytes, uint32 little endian, the head, which is JSON, and
// pictures behind each other, uint8 [height, width, 3] each. The first command is a hello, which the server answers with a
// welcome; after that a view comes whenever something has changed, as fast as the window takes them: one that is not taken in
// time gives way to the next.
//
// Nothing that a window sends is trusted: a command is bounded in size ([MaxCommand]) and checked as a whole before any of it
// counts, and the first one that is malformed is answered by an error and the end of the connection.
package wire
