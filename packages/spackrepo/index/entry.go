package index

import (
	"errors"

	"github.com/berth-hpc/berth/packages"
)

// An entry is one byte that says what follows: a recipe, or why there is none.
const (
	recipeEntry = 'r'
	errorEntry  = 'e'
)

// RecipeError is why a recipe could not be evaluated, as it was told when the index was made.
type RecipeError struct {
	Message string // with file and line
	Advice  string // what to do; "" where nobody knows
}

func (e *RecipeError) Error() string { return e.Message }

// Hint is what to do.
func (e *RecipeError) Hint() string { return e.Advice }

// encodeEntry is a recipe as the index keeps it, or the error instead.
func encodeEntry(r *packages.Recipe, failed error) ([]byte, error) {
	if failed != nil {
		return encodeError(failed)
	}
	entry, err := encode(recipeForm, r)
	return append([]byte{recipeEntry}, entry...), err
}

func encodeError(failed error) ([]byte, error) {
	e := RecipeError{Message: failed.Error()}
	var hinted interface{ Hint() string }
	if errors.As(failed, &hinted) {
		e.Advice = hinted.Hint()
	}
	entry, err := encode(errorForm, &e)
	return append([]byte{errorEntry}, entry...), err
}

func errorForm(c *coder, e *RecipeError) {
	c.text(&e.Message)
	c.text(&e.Advice)
}

// isError reports whether an entry holds no recipe.
func isError(entry []byte) bool { return len(entry) > 0 && entry[0] == errorEntry }

// decodeEntry reads an entry. The error is a *RecipeError, or wraps errDamaged.
func decodeEntry(entry []byte, cache *specCache) (*packages.Recipe, error) {
	switch {
	case len(entry) > 0 && entry[0] == recipeEntry:
		return decode(recipeForm, entry[1:], cache)
	case isError(entry):
		e, err := decode(errorForm, entry[1:], cache)
		if err != nil {
			return nil, err
		}
		return nil, e
	}
	return nil, errDamaged
}
