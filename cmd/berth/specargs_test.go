package main

import "testing"

func TestJoinSpecArgs(t *testing.T) {
	tests := []struct {
		args []string
		want string
	}{
		{nil, ``},
		{[]string{"hdf5+mpi", "^mpich"}, `hdf5+mpi ^mpich`},
		{[]string{"hdf5+mpi ^mpich"}, `hdf5+mpi ^mpich`},
		{[]string{"fftw", "cflags=-O3 -g"}, `fftw cflags="-O3 -g"`},
		{[]string{"fftw", "cflags==-O3 -g", "-mpi"}, `fftw cflags=="-O3 -g" -mpi`},
		{[]string{"fftw", `cflags="-O3 -g"`}, `fftw cflags="-O3 -g"`},
		{[]string{"fftw api=v18 ^mpich"}, `fftw api=v18 ^mpich`}, // a whole spec, quoted for the shell
		{[]string{"fftw", "target=zen3 ^mpich"}, `fftw target=zen3 ^mpich`},
		{[]string{"fftw@=3.3.10", "target=zen3"}, `fftw@=3.3.10 target=zen3`},
	}
	for _, tt := range tests {
		if got := joinSpecArgs(tt.args); got != tt.want {
			t.Errorf("joinSpecArgs(%q) = %s, want %s", tt.args, got, tt.want)
		}
	}
}
