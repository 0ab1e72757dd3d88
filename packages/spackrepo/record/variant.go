package record

import (
	"fmt"
	"slices"
	"strings"

	"github.com/berth-hpc/berth/packages"
)

func (c *converter) variant(x *Variant) packages.VariantDecl {
	place := c.at(x.Place)
	v := packages.VariantDecl{
		Name: x.Name, About: x.About, Kind: packages.SingleVariant, Sets: x.Sets, Sticky: x.Sticky, When: c.when(x.When), Place: place,
	}
	switch {
	case x.Kind == KindBool || x.Kind == KindBoolList:
		v.Kind, v.Default = packages.BoolVariant, []string{valueText(x.Default)}
		return v
	case x.Multi:
		v.Kind, v.Default = packages.MultiVariant, strings.Split(valueText(x.Default), ",")
		slices.Sort(v.Default)
		v.Default = slices.Compact(v.Default)
	default:
		v.Default = []string{valueText(x.Default)}
	}
	for _, y := range x.Values {
		v.Values = append(v.Values, packages.VariantValue{Value: valueText(y.Value), When: c.when(y.When)})
	}
	// The function that judges the build-system generators lists its values where other functions have a description.
	if x.Kind == KindCallable && x.Name == "generator" && x.Described != nil {
		for _, name := range strings.Split(*x.Described, ",") {
			v.Values = append(v.Values, packages.VariantValue{Value: strings.TrimSpace(name)})
		}
	}
	v.Any = len(v.Values) == 0
	return v
}

// valueText is a value as a spec writes it: true and "True" are "true".
func valueText(value any) string {
	switch s := fmt.Sprint(value); s {
	case "True", "False":
		return strings.ToLower(s)
	default:
		return s
	}
}
