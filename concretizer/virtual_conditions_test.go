package concretizer

import (
	"context"
	"errors"
	"testing"

	"github.com/berth-hpc/berth/concretizer/internal/mini"
)

// TestSpokenOf holds what directives say of other packages and of virtuals: small versions of recipes that once had no answer, or
// a wrong one.
func TestSpokenOf(t *testing.T) {
	for _, tc := range []struct {
		name, repo, specs string
		want              string // "" for a conflict
	}{
		{
			"a conflict that names another package speaks of that package",
			"star: versions 2; depends z; conflicts zng\nz: versions 1\nzng: versions 1", "star",
			"star@2 -> z\nz@1",
		},
		{
			"a conflict that names another package holds where that package is",
			"star: versions 2; depends zng; conflicts zng\nzng: versions 1", "star",
			"",
		},
		{
			"a conflict that names another package avoids its version",
			"boto: versions 1; depends url; conflicts url@2.2\nurl: versions 2.2 2.1", "boto",
			"boto@1 -> url\nurl@2.1",
		},
		{
			"a conflict that names a virtual holds where somebody provides it",
			"visit: versions 3; variant mpi default false; depends io; conflicts mpi when ~mpi\n" +
				"io: versions 1; variant par default true; depends mpi when +par\nmpich: versions 4; provides mpi", "visit",
			"io@1~par\nvisit@3~mpi -> io",
		},
		{
			"a version that a provider leaves open serves a need and meets no condition",
			"vision: versions 1; depends pil@4.1:; conflicts ^pil@8.3\npillow: versions 12; provides pil", "vision",
			"pillow@12\nvision@1 -> pillow=pil",
		},
		{
			"a version that a provider tells meets a condition",
			"vision: versions 1; depends pil@4.1:; conflicts ^pil@8.3\npillow: versions 12; provides pil@8.3", "vision",
			"",
		},
		{
			"what is asked for by name need not provide for itself",
			"icedtea: versions 3; provides java; depends java types build\njdk: versions 17; provides java", "icedtea",
			"icedtea@3 -> jdk=java\njdk@17",
		},
		{
			"what is asked for by name provides for others",
			"ant: versions 1; depends java\nicedtea: versions 3; provides java\njdk: versions 17; provides java", "ant ^icedtea",
			"ant@1 -> icedtea=java\nicedtea@3",
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s, err := Concretize(context.Background(), request(t, mini.Parse(tc.repo), "", tc.specs))
			var conflict *Conflict
			switch {
			case tc.want == "" && !errors.As(err, &conflict):
				t.Errorf("error %v, want a conflict", err)
			case tc.want == "":
			case err != nil:
				t.Error(err)
			case describe(s) != tc.want:
				t.Errorf("got\n%s\nwant\n%s", describe(s), tc.want)
			}
		})
	}
}
