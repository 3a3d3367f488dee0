// Package indexedheap has a heap of which any item can be moved and removed.
package indexedheap

import "container/heap"

// Heap has items in an order of which the first is known at once. Every item keeps its own
// position, so that one that changes is found without a search; it is in one Heap at most.
type Heap[T any] struct{ in slots[T] }

// New returns an empty Heap. compare is the order, like cmp.Compare; position is where an item
// keeps its position, which is 0 while the item is in no Heap.
func New[T any](compare func(a, b T) int, position func(T) *int) *Heap[T] {
	return &Heap[T]{in: slots[T]{compare: compare, position: position}}
}

// Len returns how many items there are.
func (h *Heap[T]) Len() int { return len(h.in.items) }

// First returns the first item. It panics if there is none.
func (h *Heap[T]) First() T { return h.in.items[0] }

// Pop removes the first item and returns it. It panics if there is none.
func (h *Heap[T]) Pop() T { return heap.Pop(&h.in).(T) }

// Set adds an item, or moves one that has changed to where it belongs.
func (h *Heap[T]) Set(item T) {
	if p := *h.in.position(item); p != 0 {
		heap.Fix(&h.in, p-1)
		return
	}
	heap.Push(&h.in, item)
}

// Remove removes an item, if it is there.
func (h *Heap[T]) Remove(item T) {
	if p := *h.in.position(item); p != 0 {
		heap.Remove(&h.in, p-1)
	}
}

// slots implements heap.Interface.
type slots[T any] struct {
	items    []T
	compare  func(a, b T) int
	position func(T) *int
}

func (s *slots[T]) Len() int { return len(s.items) }

func (s *slots[T]) Less(i, j int) bool { return s.compare(s.items[i], s.items[j]) < 0 }

func (s *slots[T]) Swap(i, j int) {
	s.items[i], s.items[j] = s.items[j], s.items[i]
	*s.position(s.items[i]), *s.position(s.items[j]) = i+1, j+1
}

func (s *slots[T]) Push(x any) {
	s.items = append(s.items, x.(T))
	*s.position(x.(T)) = len(s.items)
}

func (s *slots[T]) Pop() any {
	last := len(s.items) - 1
	item := s.items[last]
	clear(s.items[last:])
	s.items = s.items[:last]
	*s.position(item) = 0
	return item
}
