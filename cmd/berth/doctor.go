package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"text/tabwriter"

	"github.com/urfave/cli/v2"

	"github.com/berth-hpc/berth/envs"
	"github.com/berth-hpc/berth/envs/doctor"
)

func doctorCommand(b *berth) *cli.Command {
	return &cli.Command{
		Name:  "doctor",
		Usage: "say what this host has, what is wrong, and what mends it",
		Description: `berth doctor                   all that was found, then each finding: its evidence, and one thing to do
berth doctor --json            an object with found and findings (of id, level, finding, evidence and mend)

It looks at the berth root and where builds work (room, quotas, locks, clocks, noexec), at the limits and variables of this shell, at compilers,
MPIs, GPUs, drivers and toolkits, and at the environments that were installed: what drifted since they were locked. It changes nothing.

berth ends with 1 if there is a problem, and with 0 if there are only warnings and notes.`,
		Flags: []cli.Flag{jsonFlag()},
		Action: func(c *cli.Context) error {
			if err := noArguments(c); err != nil {
				return err
			}
			return b.doctor(c.Context, c.Bool("json"))
		},
	}
}

// doctorJSON is what --json prints.
type doctorJSON struct {
	Found    doctor.Summary   `json:"found"`
	Findings []doctor.Finding `json:"findings"`
}

func (b *berth) doctor(ctx context.Context, asJSON bool) error {
	s, err := b.session()
	if err != nil {
		return err
	}
	where := doctor.Where{Session: s, Getenv: b.getenv}
	if where.Self, err = os.Executable(); err != nil {
		where.Self = "berth"
	}
	e, err := b.environment()
	var none *envs.NoEnvironmentError
	switch {
	case err == nil:
		where.Environment = e
	case !errors.As(err, &none):
		return err // env.yaml here cannot be read: that comes first
	}
	patient, found, err := doctor.Gather(ctx, where)
	if err != nil {
		return err
	}
	findings := doctor.Examine(patient)
	if asJSON {
		err = b.json(doctorJSON{found, findings})
	} else {
		err = b.showDiagnosis(found, findings)
	}
	if err == nil && doctor.Worst(findings) == doctor.Problem {
		err = &silent{exitFailed}
	}
	return err
}

func (b *berth) showDiagnosis(found doctor.Summary, findings []doctor.Finding) error {
	table := tabwriter.NewWriter(b.out, 0, 0, 2, ' ', 0)
	for _, subject := range doctor.Subjects {
		fmt.Fprintf(table, "%s\t%s\n", subject, found.Text(subject))
	}
	if err := table.Flush(); err != nil {
		return fmt.Errorf("print findings: %w", err)
	}
	for _, f := range findings {
		level := map[doctor.Level]style{doctor.Problem: red, doctor.Warning: yellow, doctor.Note: blue}[f.Level]
		b.printf("\n%s %s\n", paint(b.outColor, level, string(f.Level)+":"), f.What)
		for _, line := range f.Evidence {
			b.printf("    %s\n", line)
		}
		b.printf("  %s %s\n", paint(b.outColor, cyan, "mend:"), f.Mend)
	}
	if len(findings) == 0 {
		b.printf("\nnothing is wrong\n")
	}
	return nil
}
