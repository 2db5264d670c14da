// Package remote lets other processes step environments: a server that speaks length-prefixed msgpack over a Unix socket or
// TCP, and hands observations over through shared memory where client and server are on one machine.
//
//	listener, err := remote.Listen("unix:" + path)
//	if err != nil {
//		return err
//	}
//	server := &remote.Server{Open: open, Environments: env.Specs()}
//	return server.Serve(ctx, listener)
//
// docs/protocol.md specifies every byte, so that a client can be written in any language; python/somnium is one. A [Server]
// never trusts what it reads: a body is checked as a whole (scan.go) before any of it is decoded, nothing is allocated on the
// word of a length, and a malformed message gets an error and a close. What a client holds is freed when its connection ends,
// for whatever reason.
package remote
