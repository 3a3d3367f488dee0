package kubeevents

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/carillon-dev/carillon/api/v1alpha1"
)

// Permissions of the manager for Events. They are written as core/v1: the API server lets
// no client of events.k8s.io/v1 change the text of an Event.
// +kubebuilder:rbac:groups="",resources=events,verbs=create;get;patch

// draft is the state of a series that is being written.
type draft struct {
	name string
	series
}

// write creates the Event of a series, or updates it. adopted is what the Event held
// already, if an earlier manager created it.
func (w *Writer) write(ctx context.Context, d *draft) (adopted *series, err error) {
	events := w.cfg.Client.Events(d.newest.Object.Namespace)
	if !d.published.IsZero() {
		if err := w.update(ctx, d); !apierrors.IsNotFound(err) { // it has expired, or somebody deleted it
			return nil, err
		}
	}
	_, err = events.Create(ctx, w.event(d), metav1.CreateOptions{})
	if !apierrors.IsAlreadyExists(err) {
		return nil, wrap(err)
	}
	existing, err := events.Get(ctx, d.name, metav1.GetOptions{})
	if err != nil {
		return nil, wrap(err)
	}
	// A create without an answer may have made it.
	isOurs := d.failures > 0 && existing.ReportingInstance == w.cfg.Instance
	if !d.adopted && !isOurs {
		adopted = seriesOf(existing)
		d.continueFrom(adopted)
	}
	return adopted, w.update(ctx, d)
}

// update writes the whole state of a series into its Event. To do it twice changes nothing.
func (w *Writer) update(ctx context.Context, d *draft) error {
	patch, err := json.Marshal(map[string]any{
		"metadata":          map[string]any{"annotations": d.annotations()},
		"message":           d.newest.message(),
		"type":              d.newest.Type,
		"count":             bounded(d.count),
		"firstTimestamp":    metav1.NewTime(d.first),
		"lastTimestamp":     metav1.NewTime(d.last),
		"series":            d.kubeSeries(),
		"reportingInstance": w.cfg.Instance,
	})
	if err != nil {
		return fmt.Errorf("encoding an Event: %w", err)
	}
	_, err = w.cfg.Client.Events(d.newest.Object.Namespace).Patch(ctx, d.name, types.MergePatchType, patch, metav1.PatchOptions{})
	return wrap(err)
}

func wrap(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("writing an Event: %w", err)
}

// continueFrom adds what happened before the series was known here.
func (s *series) continueFrom(earlier *series) {
	if earlier == nil {
		return
	}
	s.adopted = true
	s.count += earlier.count
	s.publishedCount += earlier.count
	if earlier.first.Before(s.first) {
		s.first = earlier.first
	}
	if earlier.slots.Count > 0 {
		s.slots.add(earlier.slots)
	}
}

// event is a new Event. It has the fields of both APIs: older tools read count and
// lastTimestamp, newer ones series and eventTime.
func (w *Writer) event(d *draft) *corev1.Event {
	event := &corev1.Event{
		ObjectMeta:          metav1.ObjectMeta{Namespace: d.newest.Object.Namespace, Name: d.name, Annotations: d.annotations()},
		InvolvedObject:      d.newest.Object,
		Type:                d.newest.Type,
		Reason:              d.newest.Reason,
		Action:              d.newest.Action,
		Message:             d.newest.message(),
		Source:              corev1.EventSource{Component: w.cfg.Component},
		ReportingController: w.cfg.Component,
		ReportingInstance:   w.cfg.Instance,
		EventTime:           metav1.NewMicroTime(d.first),
		FirstTimestamp:      metav1.NewTime(d.first),
		LastTimestamp:       metav1.NewTime(d.last),
		Count:               bounded(d.count),
	}
	event.Series = d.kubeSeries()
	return event
}

// kubeSeries is nil for a single occurrence, as the API demands.
func (s *series) kubeSeries() *corev1.EventSeries {
	if s.count < 2 {
		return nil
	}
	return &corev1.EventSeries{Count: bounded(s.count), LastObservedTime: metav1.NewMicroTime(s.last)}
}

func (s *series) annotations() map[string]string {
	all := map[string]string{}
	if s.newest.Cause != "" {
		all[v1alpha1.AnnotationEventCause] = s.newest.Cause
	}
	if s.slots.Count > 0 {
		all[v1alpha1.AnnotationEventFirstSlot] = s.slots.First.UTC().Format(time.RFC3339)
		all[v1alpha1.AnnotationEventLastSlot] = s.slots.Last.UTC().Format(time.RFC3339)
		all[v1alpha1.AnnotationEventSlots] = strconv.FormatInt(s.slots.Count, 10)
	}
	return all
}

// seriesOf reads back what event and patch write.
func seriesOf(event *corev1.Event) *series {
	s := &series{first: event.EventTime.Time, count: int64(cmp.Or(event.Count, 1))}
	first, err1 := time.Parse(time.RFC3339, event.Annotations[v1alpha1.AnnotationEventFirstSlot])
	last, err2 := time.Parse(time.RFC3339, event.Annotations[v1alpha1.AnnotationEventLastSlot])
	count, err3 := strconv.ParseInt(event.Annotations[v1alpha1.AnnotationEventSlots], 10, 64)
	if err1 == nil && err2 == nil && err3 == nil {
		s.slots = Slots{First: first, Last: last, Count: count}
	}
	return s
}

// bounded is a count that fits the API.
func bounded(count int64) int32 { return int32(min(count, math.MaxInt32)) } //nolint:gosec // it is bounded

// isGone reports whether an Event cannot be written because its namespace is terminating
// or does not exist any more.
func isGone(err error) bool {
	return apierrors.HasStatusCause(err, corev1.NamespaceTerminatingCause) || apierrors.IsNotFound(err)
}

// isRetryable reports whether a later attempt may succeed.
func isRetryable(err error) bool {
	var status apierrors.APIStatus
	if !errors.As(err, &status) {
		return true // no answer
	}
	code := status.Status().Code
	return code == 0 || code == 429 || code >= 500
}
