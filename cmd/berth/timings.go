package main

import (
	"os"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/berth-hpc/berth/install"
	"github.com/berth-hpc/berth/install/durable"
	"github.com/berth-hpc/berth/install/timings"
)

// timingsFile is where --timings writes if it is not told.
const timingsFile = "berth-timings.html"

// timingsFlag is --timings or --timings=FILE.
func timingsFlag() cli.Flag {
	return &optionalFlag{&cli.GenericFlag{
		Name: "timings", Value: &optionalValue{unless: timingsFile}, DefaultText: timingsFile,
		Usage: "write a page with what was built when to `FILE`: --timings=FILE",
	}}
}

// optionalFlag is a flag that may have a value, behind "=", and need not.
type optionalFlag struct{ *cli.GenericFlag }

// TakesValue tells that the next argument is not its value.
func (optionalFlag) TakesValue() bool { return false }

// optionalValue is "" if the flag is not given.
type optionalValue struct{ text, unless string }

func (v *optionalValue) String() string   { return v.text }
func (v *optionalValue) IsBoolFlag() bool { return true }

// Set implements flag.Value; the flag parser says "true" where there is no value.
func (v *optionalValue) Set(text string) error {
	if v.text = text; text == "true" || text == "" {
		v.text = v.unless
	}
	return nil
}

// alsoTimings writes the page beside what else went wrong, which matters more.
func (b *berth) alsoTimings(c *cli.Context, report *install.Report, err error) error {
	failed := b.writeTimings(c, report)
	if err != nil && failed != nil {
		b.warnf("%v", failed)
		return err
	}
	if err != nil {
		return err
	}
	return failed
}

// writeTimings writes the page, if that was asked for and anything was to be built.
func (b *berth) writeTimings(c *cli.Context, report *install.Report) error {
	v, ok := c.Generic("timings").(*optionalValue)
	if !ok || v.text == "" || report == nil {
		return nil
	}
	if len(report.Timeline) == 0 {
		b.notef("nothing was built, so that there are no times to show")
		return nil
	}
	host, err := os.Hostname()
	if err != nil {
		host = "an unknown host"
	}
	page := timings.Page{Title: "berth install", When: time.Now().Add(-time.Duration(report.Seconds * float64(time.Second))), Host: host, Jobs: report.Jobs}
	for _, t := range report.Timeline {
		task := timings.Task{Name: nameVersion(t.Node), Hash: t.Node.Hash(), Start: t.Start, End: t.End, Outcome: t.Outcome, After: t.After}
		for _, p := range t.Phases {
			task.Phases = append(task.Phases, timings.Phase{Name: p.Name, Start: p.Start})
		}
		page.Tasks = append(page.Tasks, task)
	}
	if err := durable.WriteFile(v.text, page.HTML(), 0o644); err != nil {
		return err
	}
	b.notef("wrote what was built when to %s", v.text)
	return nil
}
