package node

import (
	"io"
	"net"
)

// forward hands every connection that listener accepts on to address. The
// listener was made outside of the network namespace and stays there, so that
// this is the way in. It returns when the listener fails.
func forward(listener net.Listener, address string) error {
	for {
		outside, err := listener.Accept()
		if err != nil {
			return err
		}
		go join(outside, address)
	}
}

// join copies both ways until both sides have said all they had to say.
func join(outside net.Conn, address string) {
	defer func() { _ = outside.Close() }() // Both sides have ended, or the other one is away.
	inside, err := net.Dial("tcp", address)
	if err != nil {
		return // The caller sees its connection closed, as with a server that is away.
	}
	defer func() { _ = inside.Close() }() // As above.
	done := make(chan struct{})
	go func() {
		defer close(done)
		pump(inside, outside)
	}()
	pump(outside, inside)
	<-done
}

// pump copies until from ends and tells to about it. Streams like those of
// kubectl exec go on in one direction after the other one has ended.
func pump(to, from net.Conn) {
	_, _ = io.Copy(to, from) // An error ends this direction like the end of the stream.
	if half, ok := to.(interface{ CloseWrite() error }); ok {
		_ = half.CloseWrite() // An error means that to is closed already.
	}
}
