package install

import (
	"strings"
	"testing"
)

func TestNinjaLeasesJobs(t *testing.T) {
	s, err := newJobServer(6)
	must(t, err)
	defer s.close()
	must(t, s.begin(t.Context())) // the build's own job
	argv, release := s.lease([]string{"/opt/bin/ninja", "-j4", "-v", "all", "-j", "9"}, 4)
	if got := strings.Join(argv, " "); got != "/opt/bin/ninja -j4 -v all" {
		t.Errorf("leased: %s", got)
	}
	other, releaseOther := s.lease([]string{"ninja"}, 6) // two are left, and its own that it has not asked for here
	if got := strings.Join(other, " "); got != "ninja -j3" {
		t.Errorf("leased: %s", got)
	}
	if third, done := s.lease([]string{"ninja"}, 6); third[1] != "-j1" {
		t.Errorf("leased: %v", third)
	} else {
		done()
	}
	releaseOther()
	release()
	if left := s.take(10); left != 5 {
		t.Errorf("%d jobs came back, want 5", left)
	}
}

func TestOneJobIsNoLease(t *testing.T) {
	s, err := newJobServer(1)
	must(t, err)
	defer s.close()
	must(t, s.begin(t.Context()))
	if argv, _ := s.lease([]string{"ninja", "-j8"}, 1); argv[1] != "-j1" || len(argv) != 2 {
		t.Errorf("leased: %v", argv)
	}
	for name, want := range map[string]bool{"ninja": true, "/usr/bin/ninja-build": true, "make": false, "ninja.py": false} {
		if isNinja([]string{name}) != want {
			t.Errorf("%s: %t", name, !want)
		}
	}
}
