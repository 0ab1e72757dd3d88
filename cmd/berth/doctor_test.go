package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// instructions begin what a doctor tells to do in words, as no command does it.
var instructions = regexp.MustCompile("^(tell the site|take it out of |ask for |add `|write `|correct )")

// mendingPrograms are what commands of a doctor call beside berth.
var mendingPrograms = []string{"berth", "berth_deactivate", "module", "export", "unset", "ulimit", "umask", "chmod", "sed", "srun"}

// TestDoctorSuggestsWhatThereIs holds that whatever the doctor tells to do in its fixtures can be typed: it is a command that a shell reads, of a program that is known
// here, and every berth in it has its verb, flags and number of arguments. What is in no way a command says so by its first words.
func TestDoctorSuggestsWhatThereIs(t *testing.T) {
	files, err := filepath.Glob("../../envs/doctor/testdata/golden/*.txt")
	if err != nil || len(files) < 20 {
		t.Fatal(err, files)
	}
	app := testApp()
	commands := 0
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(text)) {
			mend, ok := strings.CutPrefix(strings.TrimSpace(line), "mend: ")
			if !ok {
				continue
			}
			calls := inlined.FindAllStringSubmatch(mend, -1)
			if !instructions.MatchString(mend) {
				commands++
				checkShellCommand(t, file, mend)
				bare, _, _ := strings.Cut(mend, "   #")
				calls = append(calls, called.FindAllStringSubmatch(bare, -1)...)
			}
			for _, call := range calls {
				if problem := checkCall(app, strings.Fields(strings.TrimPrefix(call[1], "berth "))); problem != "" {
					t.Errorf("%s: %s: %s", filepath.Base(file), mend, problem)
				}
			}
		}
	}
	if commands < 40 {
		t.Errorf("only %d commands were found", commands)
	}
}

// checkShellCommand holds that a shell can read a command, and that its programs are known.
func checkShellCommand(t *testing.T, file, command string) {
	t.Helper()
	if out, err := exec.Command("sh", "-n", "-c", command).CombinedOutput(); err != nil {
		t.Errorf("%s: %s: %v: %s", filepath.Base(file), command, err, out)
	}
	for part := range strings.SplitSeq(command, "&&") {
		if words := strings.Fields(part); len(words) == 0 || !slices.Contains(mendingPrograms, words[0]) {
			t.Errorf("%s: %s: nobody knows the command %q", filepath.Base(file), command, part)
		}
	}
}
