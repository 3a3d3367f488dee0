// Command manager is Carillon's controller: it serves the Schedulers and Tasks of
// a cluster.
package main

import "github.com/carillon-dev/carillon/manager"

func main() { manager.Main(nil) }
