package cluster

import (
	"fmt"
	"net"
)

// FreeAddresses returns loopback addresses that nobody listens at just now: for programs, beside a
// cluster, that have to be given theirs.
func FreeAddresses(n int) ([]string, error) {
	var addresses []string
	for range n {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, fmt.Errorf("looking for a free port: %w", err)
		}
		defer func() { _ = listener.Close() }() // Not before the other ones are found.
		addresses = append(addresses, listener.Addr().String())
	}
	return addresses, nil
}
