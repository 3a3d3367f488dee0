package indexedheap

import (
	"cmp"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

type item struct {
	rank, number int
	position     int
}

func compareItems(a, b *item) int {
	return cmp.Or(cmp.Compare(a.rank, b.rank), cmp.Compare(a.number, b.number))
}

// Whatever is added, moved and removed, the first item is that of a sorted slice, and an item
// knows whether it is in the heap.
func TestHeapHasTheOrderOfASortedSlice(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		h := New(compareItems, func(i *item) *int { return &i.position })
		all := make([]*item, 8)
		for i := range all {
			all[i] = &item{number: i}
		}
		var sorted []*item
		drop := func(i *item) {
			sorted = slices.DeleteFunc(sorted, func(other *item) bool { return other == i })
		}
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			i := all[rapid.IntRange(0, len(all)-1).Draw(t, "item")]
			switch rapid.SampledFrom([]string{"set", "remove", "pop"}).Draw(t, "what") {
			case "set":
				i.rank = rapid.IntRange(0, 5).Draw(t, "rank")
				h.Set(i)
				drop(i)
				sorted = append(sorted, i)
			case "remove":
				h.Remove(i)
				drop(i)
			case "pop":
				if len(sorted) > 0 {
					drop(h.Pop())
				}
			}
			slices.SortFunc(sorted, compareItems)
			if h.Len() != len(sorted) || len(sorted) > 0 && h.First() != sorted[0] {
				t.Fatalf("the heap has %d items, want %d with the same first", h.Len(), len(sorted))
			}
			for _, i := range all {
				if got, want := i.position != 0, slices.Contains(sorted, i); got != want {
					t.Fatalf("item %d is in the heap: %t, want %t", i.number, got, want)
				}
			}
		}
	})
}

// What has been removed is not kept from the garbage collector.
func TestHeapForgetsWhatIsRemoved(t *testing.T) {
	t.Parallel()
	h := New(compareItems, func(i *item) *int { return &i.position })
	h.Set(&item{})
	h.Pop()
	if kept := h.in.items[:1][0]; kept != nil {
		t.Errorf("it keeps %+v", kept)
	}
}
