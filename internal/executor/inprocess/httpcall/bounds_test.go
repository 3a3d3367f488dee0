package httpcall_test

import (
	"bufio"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/carillon-dev/carillon/internal/executor/inprocess/httpcall"
	"github.com/carillon-dev/carillon/internal/payload"
)

// raw starts a server that answers one connection with whatever bytes it likes. answer
// ends when the client closes the connection or the test ends.
func raw(t *testing.T, answer func(conn net.Conn)) (url string) {
	t.Helper()
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		defer func() { _ = conn.Close() }()
		context.AfterFunc(t.Context(), func() { _ = conn.Close() })
		if _, err := http.ReadRequest(bufio.NewReader(conn)); err == nil {
			answer(conn)
		}
	}()
	t.Cleanup(func() { _ = listener.Close(); <-done })
	return "http://" + listener.Addr().String()
}

// hold waits until the client closes the connection.
func hold(conn net.Conn) { _, _ = io.Copy(io.Discard, conn) }

// drip writes a text again and again until the client closes the connection.
func drip(conn net.Conn, text string, pause time.Duration) {
	for _, err := io.WriteString(conn, text); err == nil; _, err = io.WriteString(conn, text) {
		time.Sleep(pause) // of the server, which is the other side of the test
	}
}

// answers that do not end by themselves.
var endless = map[string]func(conn net.Conn){
	"nothing": hold,
	"half a status line": func(conn net.Conn) {
		fmt.Fprint(conn, "HTTP/1.1 200 O")
		hold(conn)
	},
	"headers, one by one": func(conn net.Conn) {
		fmt.Fprint(conn, "HTTP/1.1 200 OK\r\n")
		drip(conn, "X-More: 1\r\n", 50*time.Millisecond)
	},
	"100 Continue, one by one": func(conn net.Conn) { drip(conn, "HTTP/1.1 100 Continue\r\n\r\n", 50*time.Millisecond) },
	"103 Early Hints, one by one": func(conn net.Conn) {
		drip(conn, "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n", 50*time.Millisecond)
	},
	"a body, byte by byte": func(conn net.Conn) {
		fmt.Fprint(conn, "HTTP/1.1 200 OK\r\nContent-Length: 60000\r\n\r\n")
		drip(conn, "x", 50*time.Millisecond)
	},
	"chunks, one by one": func(conn net.Conn) {
		fmt.Fprint(conn, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
		drip(conn, "1\r\nx\r\n", 50*time.Millisecond)
	},
	"a body without length or end": func(conn net.Conn) {
		fmt.Fprint(conn, "HTTP/1.1 200 OK\r\n\r\nhello")
		hold(conn)
	},
	"an error with a body that does not end": func(conn net.Conn) {
		fmt.Fprint(conn, "HTTP/1.1 500 Internal Server Error\r\nContent-Length: 100\r\n\r\nhello")
		hold(conn)
	},
	"a redirect with a body that does not end": func(conn net.Conn) {
		fmt.Fprint(conn, "HTTP/1.1 302 Found\r\nContent-Length: 100\r\n\r\nhello")
		hold(conn)
	},
	"a trailer that does not end": func(conn net.Conn) {
		fmt.Fprint(conn, "HTTP/1.1 200 OK\r\nTrailer: X-More\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n")
		drip(conn, "X-More: 1\r\n", 50*time.Millisecond)
	},
}

// Every answer ends with the time that the request has, and at once when it is stopped.
func TestAnswer_EndsInTime(t *testing.T) {
	t.Parallel()
	errStopped := errors.New("stopped")
	for name, answer := range endless {
		for how, end := range map[string]func(context.Context) (context.Context, context.CancelFunc){
			"timeout": func(ctx context.Context) (context.Context, context.CancelFunc) {
				return context.WithTimeoutCause(ctx, 200*time.Millisecond, errStopped)
			},
			"stop": func(ctx context.Context) (context.Context, context.CancelFunc) {
				ctx, cancel := context.WithCancelCause(ctx)
				timer := time.AfterFunc(200*time.Millisecond, func() { cancel(errStopped) })
				return ctx, func() { timer.Stop(); cancel(nil) }
			},
		} {
			t.Run(name+"/"+how, func(t *testing.T) {
				t.Parallel()
				url := raw(t, answer)
				caller := newCaller(t)
				ctx, cancel := end(t.Context())
				defer cancel()
				got := inTime(t, func() error {
					_, err := caller.Call(ctx, &payload.HTTP{URL: url}, facts)
					return err
				})
				if got == nil || !errors.Is(context.Cause(ctx), errStopped) {
					t.Errorf("Call = %v before the context had ended, want that it takes until then and fails", got)
				}
			})
		}
	}
}

// inTime returns what a call returns, or fails the test if it takes too long.
func inTime(t *testing.T, call func() error) error {
	t.Helper()
	done := make(chan error, 1)
	go func() { done <- call() }()
	select {
	case err := <-done:
		return err
	case <-time.After(10 * time.Second):
		t.Fatal("the call has not returned long after its end")
		return nil
	}
}

// What a server says of a body that did not end is in the error.
func TestAnswer_ThatDoesNotEndSaysItsStatus(t *testing.T) {
	t.Parallel()
	url := raw(t, endless["a body without length or end"])
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	_, err := newCaller(t).Call(ctx, &payload.HTTP{URL: url}, facts)
	if unfinished, ok := errors.AsType[*httpcall.UnfinishedError](err); !ok || unfinished.Answer != "200 OK" {
		t.Errorf("Call = %v", err)
	}
}

// A connection that a server wants to use for something else is closed.
func TestAnswer_SwitchingProtocolsFails(t *testing.T) {
	t.Parallel()
	closed := make(chan struct{})
	url := raw(t, func(conn net.Conn) {
		fmt.Fprint(conn, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n")
		hold(conn)
		close(closed)
	})
	err := inTime(t, func() error {
		_, err := newCaller(t).Call(t.Context(), &payload.HTTP{URL: url}, facts)
		return err
	})
	if !strings.Contains(text(err), "answered 101 Switching Protocols") {
		t.Errorf("Call = %v", err)
	}
	<-closed
}

// What a server sends without an end is given up at a bound, not when memory is full.
func TestAnswer_IsBoundedInSize(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		answer  func(conn net.Conn)
		wantErr string // empty: it is taken for a success
	}{
		"headers":        {func(conn net.Conn) { fmt.Fprint(conn, "HTTP/1.1 200 OK\r\n"); drip(conn, "X-More: 1\r\n", 0) }, "exceeded"},
		"one header":     {func(conn net.Conn) { fmt.Fprint(conn, "HTTP/1.1 200 OK\r\nX-More: "); drip(conn, "xxxxxxxx", 0) }, "exceeded"},
		"a status line":  {func(conn net.Conn) { fmt.Fprint(conn, "HTTP/1.1 200 "); drip(conn, "xxxxxxxx", 0) }, "exceeded"},
		"100 Continue":   {func(conn net.Conn) { drip(conn, "HTTP/1.1 100 Continue\r\n\r\n", 0) }, "exceeded"},
		"a body":         {func(conn net.Conn) { fmt.Fprint(conn, "HTTP/1.1 200 OK\r\n\r\n"); drip(conn, "xxxxxxxx", 0) }, ""},
		"a body, zipped": {bomb, ""},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url := raw(t, tc.answer)
			err := inTime(t, func() error {
				_, err := newCaller(t).Call(t.Context(), &payload.HTTP{URL: url}, facts)
				return err
			})
			if tc.wantErr == "" && err != nil || tc.wantErr != "" && !strings.Contains(text(err), tc.wantErr) {
				t.Errorf("Call = %v, want an error with %q", err, tc.wantErr)
			}
		})
	}
}

// bomb answers with zeros without an end, compressed.
func bomb(conn net.Conn) {
	fmt.Fprint(conn, "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n")
	zipped := gzip.NewWriter(conn)
	for zeros := make([]byte, 1<<16); ; runtime.Gosched() {
		if _, err := zipped.Write(zeros); err != nil {
			return
		}
	}
}
