package corpus

import (
	"crypto/sha256"
	"encoding/hex"

	"github.com/berth-hpc/berth/packages"
	"github.com/berth-hpc/berth/packages/spackrepo/record"
)

// Record is what the corpus says of a package: the line as it is, decoded.
func (r *Repo) Record(name string) (*record.Package, error) {
	line := r.records[name]
	if line == nil {
		return nil, unknown(name)
	}
	return record.Decode(line)
}

// decode makes the recipe of a line.
func (r *Repo) decode(line []byte) (*packages.Recipe, error) {
	rec, err := record.Decode(line)
	if err != nil {
		return nil, err
	}
	// The corpus tells no lines; the file is what the recipe's repository calls it.
	rec.Place = packages.Place{File: rec.Dir + "/package.py"}
	recipe, err := rec.Recipe(&r.specs)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(line)
	recipe.Namespace, recipe.ContentHash, recipe.Text, recipe.Builder = Namespace, hex.EncodeToString(sum[:]), line, builder{}
	return recipe, nil
}
