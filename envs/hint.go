package envs

// hinted is an error with what the user can do about it, which the terminal prints apart.
type hinted struct {
	error
	hint string
}

func (h hinted) Unwrap() error { return h.error }
func (h hinted) Hint() string  { return h.hint }

// hintOf is the hint of an error itself; "" if it has none.
func hintOf(err error) string {
	if h, ok := err.(interface{ Hint() string }); ok {
		return h.Hint()
	}
	return ""
}

func withHint(err error, hint string) error { return hinted{err, hint} }
