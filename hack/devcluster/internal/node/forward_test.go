package node

import (
	"io"
	"net"
	"testing"
)

// TestForwardKeepsTheOtherDirectionOpen is what kubectl exec needs: a client
// says that it has no more to say, and goes on to listen.
func TestForwardKeepsTheOtherDirectionOpen(t *testing.T) {
	t.Parallel()
	server, outside := listenLoopback(t), listenLoopback(t)
	go func() {
		connection, err := server.Accept()
		if err != nil {
			return
		}
		defer func() { _ = connection.Close() }()
		request, _ := io.ReadAll(connection) // Returns when the client has closed its side.
		_, _ = connection.Write(append([]byte("echo "), request...))
	}()
	go func() { _ = forward(outside, server.Addr().String()) }()

	connection, err := net.Dial("tcp", outside.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = connection.Close() }()
	if _, err := connection.Write([]byte("hello")); err != nil {
		t.Fatal(err)
	}
	if err := connection.(*net.TCPConn).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	answer, err := io.ReadAll(connection)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := string(answer), "echo hello"; got != want {
		t.Errorf("the answer is %q, want %q", got, want)
	}
}

func TestForwardClosesWhenTheServerIsAway(t *testing.T) {
	t.Parallel()
	server, outside := listenLoopback(t), listenLoopback(t)
	_ = server.Close()
	go func() { _ = forward(outside, server.Addr().String()) }()

	connection, err := net.Dial("tcp", outside.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = connection.Close() }()
	if answer, err := io.ReadAll(connection); err != nil || len(answer) > 0 {
		t.Errorf("read %q, %v from a server that is away, want the end", answer, err)
	}
}

func listenLoopback(t *testing.T) net.Listener {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	return listener
}
