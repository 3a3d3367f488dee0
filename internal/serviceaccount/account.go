package serviceaccount

import (
	"context"

	"k8s.io/apiserver/pkg/authentication/serviceaccount"
)

// Account is a ServiceAccount.
type Account struct {
	Namespace, Name string
}

// Username returns the name of the account as a user of the API server.
func (a Account) Username() string { return serviceaccount.MakeUsername(a.Namespace, a.Name) }

type contextKey struct{}

// As returns a context under which requests to the API server act as a ServiceAccount. An
// account without a name changes nothing: they act as the manager.
func As(ctx context.Context, account Account) context.Context {
	if account.Name == "" {
		return ctx
	}
	return context.WithValue(ctx, contextKey{}, account)
}

// Of returns the account that requests under a context act as. It reports false for the
// manager itself.
func Of(ctx context.Context) (Account, bool) {
	account, ok := ctx.Value(contextKey{}).(Account)
	return account, ok
}
