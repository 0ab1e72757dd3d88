package index

import (
	"os"
	"testing"
)

var temp []string

func tempDir() (string, error) {
	dir, err := os.MkdirTemp("", "index")
	temp = append(temp, dir)
	return dir, err
}

func TestMain(m *testing.M) {
	code := m.Run()
	for _, dir := range temp {
		_ = os.RemoveAll(dir)
	}
	os.Exit(code)
}
