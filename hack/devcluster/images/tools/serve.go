package main

import (
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	defaultAddress = ":8080"
	// readTimeout bounds the reading of one request's headers.
	readTimeout = 10 * time.Second
)

// serve answers HTTP requests until the program is ended.
func serve(arguments []string) error {
	server := &http.Server{Addr: defaultAddress, Handler: http.HandlerFunc(answer), ReadHeaderTimeout: readTimeout}
	if len(arguments) > 0 {
		server.Addr = arguments[0]
	}
	fmt.Fprintln(os.Stdout, "serving at", server.Addr)
	return server.ListenAndServe()
}

// answer tells the caller, and the log, what it was asked.
func answer(response http.ResponseWriter, request *http.Request) {
	status, delay, err := wanted(request)
	if err != nil {
		http.Error(response, err.Error(), http.StatusBadRequest)
		return
	}
	description, err := describe(request)
	if err != nil {
		http.Error(response, err.Error(), http.StatusBadRequest)
		return
	}
	fmt.Fprint(os.Stdout, description)
	time.Sleep(delay)
	response.WriteHeader(status)
	// The caller may have gone during the delay, and that is fine.
	_, _ = io.WriteString(response, description)
}

// wanted returns the status and the delay that a request asks for.
func wanted(request *http.Request) (status int, delay time.Duration, err error) {
	status = http.StatusOK
	query := request.URL.Query()
	if text := query.Get("status"); text != "" {
		if status, err = strconv.Atoi(text); err != nil || status < 200 || status > 599 {
			return 0, 0, fmt.Errorf("status %q is not a number between 200 and 599", text)
		}
	}
	if text := query.Get("delay"); text != "" {
		if delay, err = time.ParseDuration(text); err != nil {
			return 0, 0, err
		}
	}
	return status, delay, nil
}

// describe writes down a request: its first line, its headers in order, and
// its body after an empty line.
func describe(request *http.Request) (string, error) {
	body, err := io.ReadAll(io.LimitReader(request.Body, 1<<20))
	if err != nil {
		return "", err
	}
	var text strings.Builder
	fmt.Fprintf(&text, "%s %s\n", request.Method, request.URL)
	for _, name := range slices.Sorted(maps.Keys(request.Header)) {
		for _, value := range request.Header[name] {
			fmt.Fprintf(&text, "%s: %s\n", name, value)
		}
	}
	fmt.Fprintf(&text, "\n%s\n", body)
	return text.String(), nil
}
