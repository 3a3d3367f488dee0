package faults_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"sync"

	corev1 "k8s.io/api/core/v1"
)

// stall is a network that holds back all that a manager sends, and lets it arrive
// when another one has taken over.
type stall struct {
	released chan struct{}

	mu     sync.Mutex
	flying []chan struct{} // each closed when a request that was held has been answered
	pods   []string        // the names of the Pods that were to be created
}

// stall holds back everything from now on.
func (w *wire) stall() *stall {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.stalled = &stall{released: make(chan struct{})}
	w.watches.hold()
	return w.stalled
}

func (w *wire) isStalled() *stall {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.stalled
}

// release lets all arrive that was held back, and waits until it has been answered.
func (s *stall) release() {
	s.mu.Lock()
	flying := slices.Clone(s.flying)
	s.mu.Unlock()
	close(s.released)
	for _, answered := range flying {
		<-answered
	}
}

// holds reports whether the creation of a Pod of that name was held back.
func (s *stall) holds(pod string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Contains(s.pods, pod)
}

// send holds a request. Its sender may give up waiting for the answer; the request
// arrives all the same.
func (s *stall) send(next http.RoundTripper, req *http.Request) (*http.Response, error) {
	late, content, err := detached(req)
	if err != nil {
		return nil, err
	}
	if err := s.note(callOf(req), content); err != nil {
		return nil, err
	}
	type answer struct {
		resp *http.Response
		err  error
	}
	answered, done := make(chan answer, 1), make(chan struct{})
	s.mu.Lock()
	s.flying = append(s.flying, done)
	s.mu.Unlock()
	go func() {
		<-s.released
		resp, err := next.RoundTrip(late)
		close(done)
		answered <- answer{resp, err}
	}()
	select {
	case a := <-answered:
		return a.resp, a.err
	case <-req.Context().Done():
		return nil, req.Context().Err()
	}
}

// note remembers which Pod a request creates.
func (s *stall) note(of call, content []byte) error {
	if of.verb != "create" || of.resource != "pods" {
		return nil
	}
	pod := &corev1.Pod{}
	if err := json.Unmarshal(content, pod); err != nil {
		return fmt.Errorf("reading the Pod that is to be created: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pods = append(s.pods, pod.Name)
	return nil
}
