// Package manager is the manager of Carillon as a library: for a program of your own with functions
// that Tasks can call, and for an application that has a scheduler in it.
//
// # A program of its own
//
// [Main] is the whole of a main. The program has the flags, the configuration file, the signals and
// the exit status of the manager that Carillon ships, which is made in the same way:
//
//	func main() {
//		handlers := handler.NewRegistry()
//		if err := handlers.Register("archive", archive); err != nil {
//			log.Fatal(err)
//		}
//		manager.Main(handlers)
//	}
//
// A Task calls the function by its name:
//
//	action:
//	  handler:
//	    name: archive
//	    args: {bucket: old-orders}
//
// # In a program that says more itself
//
// [New] makes a manager from a typed configuration, a logger and a registry of metrics, and registers
// no flags, no signals and nothing global. A process may have several: each has caches, a lease and
// Schedulers of its own.
//
// # In an application that has a manager
//
// [SetupWithManager] adds one to a manager of controller-runtime, beside the application's own
// controllers: it starts and ends with that.
package manager
