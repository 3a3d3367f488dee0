package app

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"os"
	"strconv"
	"time"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// Permissions of the manager to learn where the API server is.
// +kubebuilder:rbac:groups=discovery.k8s.io,namespace=default,resources=endpointslices,verbs=list

// apiServers finds the addresses of the API server, which http actions must not
// reach: the one in the configuration, the Service in front of it, and those
// behind the Service. What cannot be found out is reported with the rest.
func apiServers(ctx context.Context, restConfig *rest.Config) ([]netip.AddrPort, error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	found := resolve(ctx, restConfig.Host)
	if host := os.Getenv("KUBERNETES_SERVICE_HOST"); host != "" {
		found = append(found, resolve(ctx, "https://"+net.JoinHostPort(host, os.Getenv("KUBERNETES_SERVICE_PORT")))...)
	}
	reader, err := client.New(restConfig, client.Options{Scheme: Scheme()})
	if err != nil {
		return found, fmt.Errorf("making a client: %w", err)
	}
	slices := &discoveryv1.EndpointSliceList{}
	err = reader.List(ctx, slices, client.InNamespace(corev1.NamespaceDefault), client.MatchingLabels{discoveryv1.LabelServiceName: "kubernetes"})
	if err != nil {
		return found, fmt.Errorf("listing the endpoints of the kubernetes service: %w", err)
	}
	for i := range slices.Items {
		found = append(found, endpoints(&slices.Items[i])...)
	}
	return found, nil
}

// endpoints are the addresses in a slice, each with each port.
func endpoints(slice *discoveryv1.EndpointSlice) []netip.AddrPort {
	var found []netip.AddrPort
	for _, endpoint := range slice.Endpoints {
		for _, text := range endpoint.Addresses {
			addr, err := netip.ParseAddr(text)
			if err != nil {
				continue // a name, which no slice of this Service has
			}
			for _, port := range slice.Ports {
				if port.Port != nil {
					found = append(found, netip.AddrPortFrom(addr, uint16(*port.Port))) //nolint:gosec // a port
				}
			}
		}
	}
	return found
}

// resolve looks up the host of a URL. A host that is not found has no address
// that could be reached.
func resolve(ctx context.Context, text string) []netip.AddrPort {
	parsed, err := url.Parse(text)
	if err != nil || parsed.Host == "" {
		parsed = &url.URL{Scheme: "https", Host: text} // client-go allows a bare host
	}
	port, err := strconv.ParseUint(parsed.Port(), 10, 16)
	if err != nil {
		port = 443
	}
	addrs, err := net.DefaultResolver.LookupNetIP(ctx, "ip", parsed.Hostname())
	if err != nil {
		return nil
	}
	found := make([]netip.AddrPort, 0, len(addrs))
	for _, addr := range addrs {
		found = append(found, netip.AddrPortFrom(addr.Unmap(), uint16(port)))
	}
	return found
}
