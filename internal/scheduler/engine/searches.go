package engine

import (
	"context"
	"sync"
)

// Searches works off the searches of Tasks for far slots, which take computing time. It takes turns: piece by piece, round-robin between namespaces, and within a
// namespace between its searches. One Searches may be shared by all Schedulers of a process. No goroutine is left when there is nothing to search.
type Searches struct {
	mu sync.Mutex
	// running counts the goroutines, of which there are at most workers.
	workers, running int
	// turns are the namespaces that have waiting searches, in the order of their turns.
	turns   []string
	waiting map[string][]search
}

// A search is carried on by calling next until it reports that it is done. It is dropped when ctx has ended.
type search struct {
	ctx       context.Context
	namespace string
	next      func() (done bool)
}

// NewSearches returns a Searches that works on at most so many searches at a time.
func NewSearches(workers int) *Searches {
	return &Searches{workers: workers, waiting: map[string][]search{}}
}

// add has a search worked off. It does not block.
func (s *Searches) add(job search) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.push(job)
	if s.running < s.workers {
		s.running++
		go s.work()
	}
}

// work carries searches on until none is waiting.
func (s *Searches) work() {
	for {
		job, ok := s.pop()
		if !ok {
			return
		}
		if job.ctx.Err() != nil || job.next() {
			continue
		}
		s.mu.Lock()
		s.push(job)
		s.mu.Unlock()
	}
}

// push puts a search at the end of its namespace's queue. The mutex is held.
func (s *Searches) push(job search) {
	if len(s.waiting[job.namespace]) == 0 {
		s.turns = append(s.turns, job.namespace)
	}
	s.waiting[job.namespace] = append(s.waiting[job.namespace], job)
}

// pop takes the next search. A goroutine that gets none has to end.
func (s *Searches) pop() (job search, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.turns) == 0 {
		s.running--
		return search{}, false
	}
	namespace := s.turns[0]
	s.turns = s.turns[1:]
	queue := s.waiting[namespace]
	job, queue = queue[0], queue[1:]
	if len(queue) == 0 {
		delete(s.waiting, namespace)
	} else {
		s.waiting[namespace] = queue
		s.turns = append(s.turns, namespace)
	}
	return job, true
}
