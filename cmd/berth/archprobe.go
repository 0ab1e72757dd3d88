package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"reflect"
	"strings"
	"syscall"

	"github.com/urfave/cli/v2"

	"github.com/berth-hpc/berth/envs"
	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/packages/host/gpu"
)

// probed is what a machine says of itself, here or behind srun.
type probed struct {
	envs.SystemFacts
	Kernel   string        `json:"kernel"`
	Host     string        `json:"host"` // "nid001234"
	Toolkits []gpu.Toolkit `json:"toolkits,omitempty"`
	Notes    []string      `json:"notes,omitempty"`
}

// factsVerb is what berth calls itself by on the machine that is probed. It is no verb for people, and may change.
const factsVerb = "facts"

// factsMark begins the line with the answer: sites print banners before whatever runs.
const factsMark = "berth-facts "

func factsCommand(b *berth) *cli.Command {
	return &cli.Command{
		Name: factsVerb, Hidden: true, Usage: "say what this machine is, for `berth arch --probe`",
		Description: `berth facts                     one line: berth-facts, and JSON`,
		Action: func(c *cli.Context) error {
			s, err := b.session()
			if err != nil {
				return err
			}
			facts, err := probeHere(c.Context, s, b.getenv, false)
			if err != nil {
				return err
			}
			text, err := json.Marshal(facts)
			if err != nil {
				return fmt.Errorf("print facts: %w", err)
			}
			b.printf("%s%s\n", factsMark, text)
			return nil
		},
	}
}

// probeHere asks this machine.
func probeHere(ctx context.Context, s *envs.Session, getenv func(string) string, quick bool) (probed, error) {
	facts, report, err := s.ProbeHere(ctx, getenv, quick)
	if err != nil {
		return probed{}, err
	}
	name, _ := os.Hostname() // a machine may have none
	return probed{SystemFacts: facts, Kernel: facts.Kernel, Host: name, Toolkits: report.Toolkits, Notes: report.Notes}, nil
}

// probeThere runs this berth, or another, behind a command such as "srun -p gpu", and reads its answer. The command is the shell's: it may have quotes.
func (b *berth) probeThere(ctx context.Context, command, program string) (probed, error) {
	if program == "" {
		var err error
		if program, err = os.Executable(); err != nil {
			return probed{}, fmt.Errorf("probe: %w", err)
		}
	}
	b.notef("running %s %s %s", command, program, factsVerb)
	var stdout, stderr bytes.Buffer
	cmd := exec.CommandContext(ctx, "/bin/sh", "-c", command+` "$@"`, "sh", program, factsVerb)
	cmd.Stdout, cmd.Stderr, cmd.Stdin = &stdout, &stderr, nil
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // an interrupt takes the waiting job with it
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM) }
	err := cmd.Run()
	if ctx.Err() != nil {
		return probed{}, ctx.Err()
	}
	answers := parseFacts(stdout.String())
	if len(answers) == 0 {
		return probed{}, explainProbe(command, program, err, stderr.String()+stdout.String())
	}
	for _, other := range answers[1:] {
		if first := answers[0]; other.Facts != first.Facts || !reflect.DeepEqual(other.GPU.Archs(), first.GPU.Archs()) {
			b.warnf("the machines are not alike: %s is a %s with GPUs %s, %s a %s with GPUs %s; the first one counts", first.Host, first.Target, first.GPU,
				other.Host, other.Target, other.GPU)
		}
	}
	return answers[0], nil
}

// parseFacts reads every answer: several tasks of a job give one each.
func parseFacts(output string) []probed {
	var answers []probed
	for line := range strings.Lines(output) {
		_, text, found := strings.Cut(line, factsMark) // srun --label puts the task's number before it
		var p probed
		if found && json.Unmarshal([]byte(text), &p) == nil && p.Platform != "" && p.Target != "" {
			answers = append(answers, p)
		}
	}
	return answers
}

// explainProbe tells why there was no answer, and what to do.
func explainProbe(command, program string, err error, output string) error {
	said := strings.TrimSpace(output)
	if lines := strings.Split(said, "\n"); len(lines) > 5 {
		said = strings.Join(lines[len(lines)-5:], "\n")
	}
	failed := fmt.Errorf("probe by %q: %w", command, cmp.Or(err, errors.New("it ended well, but printed no facts")))
	if said != "" {
		failed = fmt.Errorf("%w\n  %s", failed, strings.ReplaceAll(said, "\n", "\n  "))
	}
	switch low := strings.ToLower(output); {
	case strings.Contains(low, "exec format error"):
		return withHint(failed, "that machine has another processor: give a berth that was built for it with --berth")
	case strings.Contains(low, "not found") || strings.Contains(low, "no such file"):
		return withHint(failed, "is %s on a file system that the other machine sees? Copy it to one, and name the copy with --berth", program)
	case strings.Contains(low, "unknown verb"):
		return withHint(failed, "the berth there is older than this one: give this one with --berth")
	}
	return withHint(failed, "try `%s hostname`: what runs there must run berth, too", command)
}

// recordSystem writes a fact sheet.
func (b *berth) recordSystem(ctx context.Context, o archOptions, facts probed) error {
	e, err := b.environment()
	if err != nil {
		return err
	}
	s, err := b.session()
	if err != nil {
		return err
	}
	var externals []packages.External
	if o.externals {
		if externals, err = s.HostExternals(ctx); err != nil {
			return err
		}
	}
	sheet := &envs.Sheet{SystemFacts: facts.SystemFacts, Host: facts.Host, Probe: o.probe}
	if err := e.WriteSheet(o.record, sheet, externals); err != nil {
		return err
	}
	b.notef("wrote %s/%s.yaml; commit it with env.yaml and env.lock", envs.SheetDir, o.record)
	if !e.Manifest.Declares(o.record) {
		b.hintf("%s declares no system %s yet: add `systems: {%s: {}}`", envs.ManifestName, o.record, o.record)
	}
	return nil
}
