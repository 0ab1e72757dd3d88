package concretizer

import (
	"context"

	"github.com/berth-hpc/berth/concretizer/internal/sat"
)

type explainer struct {
	solver    *sat.Solver
	selectors map[Cause]sat.Lit
}

func (x *explainer) selector(c Cause) sat.Lit                   { return 0 }
func explain(ctx context.Context, r *Request, e *encoder) error { return &Conflict{} }
