// Package serviceaccount lets requests to the API server act as the ServiceAccount of a
// Task instead of the manager.
//
// [As] marks a context, and [Transport] sends the requests under it impersonated, so that
// one client serves the manager and all accounts. What the API server refuses them for
// want of a right is a [ForbiddenError] that says which right is missing. [Tokens] issues
// tokens of accounts for servers that http actions call.
package serviceaccount
