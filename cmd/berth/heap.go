package main

import (
	"runtime"
	"runtime/debug"
)

// smallHeap is what most commands need, in bytes of live data.
const smallHeap = 16 << 20

// collectLate lets the heap of a short command grow before garbage is looked for: most end before it is worth the while. Once there is much
// data, it is looked for as often as usual.
func collectLate() {
	debug.SetGCPercent(400)
	type cycle struct{ _ [16]byte } // collected once in each cycle, and made anew
	var after func(*cycle)
	after = func(*cycle) {
		var m runtime.MemStats
		if runtime.ReadMemStats(&m); m.HeapAlloc > smallHeap {
			debug.SetGCPercent(100)
			return
		}
		runtime.SetFinalizer(&cycle{}, after)
	}
	runtime.SetFinalizer(&cycle{}, after)
}
