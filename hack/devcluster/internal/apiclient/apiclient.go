// Package apiclient is the little of a Kubernetes client that the devcluster
// itself needs: it asks an API server for JSON. A real client library would
// make the tool take minutes to compile.
package apiclient

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/carillon-dev/carillon/hack/devcluster/internal/kubeconfig"
)

const (
	jsonType = "application/json"

	// tableType asks for the columns that kubectl get prints.
	tableType = "application/json;as=Table;v=v1;g=meta.k8s.io"

	// requestTimeout bounds one request, so that a poll goes on when a
	// server accepts a connection and then says nothing.
	requestTimeout = 5 * time.Second
)

// Client talks to one API server.
type Client struct {
	server string
	http   *http.Client
}

// New returns a client that presents the given credentials.
func New(credentials kubeconfig.Credentials) (*Client, error) {
	certificate, err := tls.X509KeyPair(credentials.Client.Certificate, credentials.Client.Key)
	if err != nil {
		return nil, fmt.Errorf("reading the client certificate: %w", err)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(credentials.CA) {
		return nil, errors.New("reading the authority's certificate: no certificate in it")
	}
	transport := &http.Transport{
		TLSClientConfig:   &tls.Config{RootCAs: roots, Certificates: []tls.Certificate{certificate}},
		ForceAttemptHTTP2: true,
	}
	return &Client{server: credentials.Server, http: &http.Client{Transport: transport, Timeout: requestTimeout}}, nil
}

// Get reads the object or list at path into object; a nil object only checks
// that the answer is a good one.
func (c *Client) Get(ctx context.Context, path string, object any) error {
	return c.do(ctx, http.MethodGet, path, jsonType, nil, object)
}

// Create posts the JSON text of an object to path.
func (c *Client) Create(ctx context.Context, path, object string) error {
	return c.do(ctx, http.MethodPost, path, jsonType, strings.NewReader(object), nil)
}

// Table is a list as kubectl get shows it.
type Table struct {
	ColumnDefinitions []Column `json:"columnDefinitions"`
	Rows              []Row    `json:"rows"`
}

// Column is the head of one column.
type Column struct {
	Name string `json:"name"`
	// Priority is 0 for the columns shown without -o wide.
	Priority int `json:"priority"`
}

// Row is one object of a [Table].
type Row struct {
	// Cells hold a value for each column: strings, numbers, booleans or nil.
	Cells  []any `json:"cells"`
	Object struct {
		Metadata struct {
			Namespace string `json:"namespace"`
		} `json:"metadata"`
	} `json:"object"`
}

// GetTable reads the list at path as a table.
func (c *Client) GetTable(ctx context.Context, path string) (Table, error) {
	var table Table
	err := c.do(ctx, http.MethodGet, path, tableType, nil, &table)
	return table, err
}

func (c *Client) do(ctx context.Context, method, path, accept string, body io.Reader, object any) error {
	request, err := http.NewRequestWithContext(ctx, method, c.server+path, body)
	if err != nil {
		return fmt.Errorf("asking for %s: %w", path, err)
	}
	request.Header.Set("Accept", accept)
	request.Header.Set("Content-Type", jsonType)
	response, err := c.http.Do(request)
	if err != nil {
		return fmt.Errorf("asking for %s: %w", path, err)
	}
	defer func() { _ = response.Body.Close() }() // It is only read.
	content, err := io.ReadAll(response.Body)
	if err != nil {
		return fmt.Errorf("reading the answer to %s %s: %w", method, path, err)
	}
	if response.StatusCode >= http.StatusMultipleChoices {
		return fmt.Errorf("%s %s: %s: %s", method, path, response.Status, bytes.TrimSpace(content))
	}
	if object == nil {
		return nil
	}
	if err := json.Unmarshal(content, object); err != nil {
		return fmt.Errorf("decoding the answer to %s %s: %w", method, path, err)
	}
	return nil
}
