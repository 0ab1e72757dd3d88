//go:build !amd64

package inject

var legacy map[uintptr]shape
