package handler_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/carillon-dev/carillon/handler"
)

func greet(ctx context.Context, run handler.Run) error {
	handler.SetMessage(ctx, "greeted "+run.Args["name"])
	return nil
}

// A function is registered under the name by which Tasks call it, here for those of one namespace.
func ExampleRegistry_Register() {
	handlers := handler.NewRegistry()
	err := handlers.Register("greet", greet, "orders")
	fmt.Println(err, handlers.Exists("greet", "orders"), handlers.Exists("greet", "default"))
	fmt.Println(handlers.Register("greet", greet))
	// Output:
	// <nil> true false
	// there is a handler "greet" already
}

func ExampleRegistry_Lookup() {
	handlers := handler.NewRegistry()
	if err := handlers.Register("greet", greet); err != nil {
		fmt.Println(err)
	}
	function, ok := handlers.Lookup("greet", "orders")
	fmt.Println(ok, function(context.Background(), handler.Run{}))
	// Output: true <nil>
}

func ExampleRegistry_Names() {
	handlers := handler.NewRegistry()
	for _, name := range []string{"greet", "archive"} {
		if err := handlers.Register(name, greet); err != nil {
			fmt.Println(err)
		}
	}
	fmt.Println(handlers.Names("default"))
	// Output: [archive greet]
}

// A clone takes further functions when the Registry that a manager has takes none.
func ExampleRegistry_Clone() {
	handlers := handler.NewRegistry()
	handlers.Freeze() // as a manager does
	fmt.Println(handlers.Register("greet", greet))
	fmt.Println(handlers.Clone().Register("greet", greet))
	// Output:
	// the manager has started without the handler "greet": register it before the manager is made
	// <nil>
}

// What a function says of its run shows in the Task's status. A test reads it by WithMessage.
func ExampleSetMessage() {
	ctx, message := handler.WithMessage(context.Background())
	err := greet(ctx, handler.Run{Args: map[string]string{"name": "Ada"}})
	fmt.Println(message(), err)
	// Output: greeted Ada <nil>
}

// Another attempt would not help: the run fails at once, whatever the retryPolicy says.
func ExamplePermanent() {
	err := handler.Permanent(errors.New("there is no bucket old-orders"))
	_, isPermanent := errors.AsType[*handler.PermanentError](fmt.Errorf("archiving: %w", err))
	fmt.Println(isPermanent)
	// Output: true
}

// It cannot be done yet: the run is tried again in a minute, which counts as no attempt.
func ExampleLater() {
	err := handler.Later(time.Minute, errors.New("the bucket is locked"))
	if later, ok := errors.AsType[*handler.LaterError](err); ok {
		fmt.Println(later.After, later.Why)
	}
	// Output: 1m0s the bucket is locked
}

// A function returns soon after its context has ended. The cause says why that has.
func ExampleFunc() {
	var wait handler.Func = func(ctx context.Context, _ handler.Run) error {
		<-ctx.Done()
		if errors.Is(context.Cause(ctx), handler.ErrClosing) {
			return nil // the next manager makes the call again
		}
		return context.Cause(ctx)
	}
	ctx, cancel := context.WithTimeoutCause(context.Background(), time.Millisecond, handler.ErrTimeout)
	defer cancel()
	fmt.Println(wait(ctx, handler.Run{}))
	// Output: the task's timeout is over
}
