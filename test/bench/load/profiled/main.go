// Command profiled is the manager with the profiles of net/http/pprof, at the address in the
// environment variable PPROF_ADDRESS. The load benchmarks use it to see what the manager's time
// is spent on; they measure the ordinary manager.
package main

import (
	"log"
	"net/http"
	_ "net/http/pprof"
	"os"
	"time"

	"github.com/carillon-dev/carillon/manager"
)

func main() {
	server := &http.Server{Addr: os.Getenv("PPROF_ADDRESS"), ReadHeaderTimeout: time.Second}
	go func() { log.Fatal(server.ListenAndServe()) }()
	manager.Main(nil)
}
