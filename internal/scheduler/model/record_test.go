package model

import (
	"reflect"
	"testing"
	"time"
)

// No part of a record may be overlooked: what is not noticed is not saved.
// created is any instant.
var created = time.Date(2026, 1, 5, 12, 0, 0, 0, time.UTC)

func TestRecordsDifferInEveryField(t *testing.T) {
	t.Parallel()
	full := Record{
		Active: []Run{{Slot: created}}, Recent: []Result{{Slot: created}}, Last: &LastRun{Since: created},
	}
	if !full.Clone().Equal(full) {
		t.Error("a copy is not equal")
	}
	for i := range reflect.TypeFor[Record]().NumField() {
		other := full.Clone()
		change(t, reflect.ValueOf(&other).Elem().Field(i))
		if other.Equal(full) {
			t.Errorf("a difference in %s is not noticed", reflect.TypeFor[Record]().Field(i).Name)
		}
	}
}

// change gives a value, or the first part of it, another value.
func change(t *testing.T, v reflect.Value) {
	t.Helper()
	switch v.Kind() {
	case reflect.String:
		v.SetString(v.String() + "x")
	case reflect.Int, reflect.Int64:
		v.SetInt(v.Int() + 1)
	case reflect.Bool:
		v.SetBool(!v.Bool())
	case reflect.Pointer:
		change(t, v.Elem())
	case reflect.Slice:
		change(t, v.Index(0))
	case reflect.Struct:
		if at, ok := reflect.TypeAssert[*time.Time](v.Addr()); ok {
			*at = at.Add(time.Second)
			return
		}
		change(t, v.Field(0))
	default:
		t.Fatalf("no other value for a %s", v.Kind())
	}
}
