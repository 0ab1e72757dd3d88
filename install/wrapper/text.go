package wrapper

// What the wrapper needs of packages strings, strconv and path, as they have it. Importing them makes Go initialise this package behind
// dozens of others: they wait for unicode/utf8, whose name comes late.

func hasPrefix(s, prefix string) bool {
	return len(s) >= len(prefix) && s[:len(prefix)] == prefix
}

func cutPrefix(s, prefix string) (rest string, found bool) {
	if !hasPrefix(s, prefix) {
		return s, false
	}
	return s[len(prefix):], true
}

func indexByte(s string, c byte) int {
	for i := range len(s) {
		if s[i] == c {
			return i
		}
	}
	return -1
}

func lastIndexByte(s string, c byte) int {
	for i := len(s) - 1; i >= 0; i-- {
		if s[i] == c {
			return i
		}
	}
	return -1
}

func cut(s string, sep byte) (before, after string, found bool) {
	if i := indexByte(s, sep); i >= 0 {
		return s[:i], s[i+1:], true
	}
	return s, "", false
}

func split(s string, sep byte) []string {
	var parts []string
	for {
		part, rest, found := cut(s, sep)
		parts = append(parts, part)
		if !found {
			return parts
		}
		s = rest
	}
}

func join(parts []string, sep string) string {
	var b []byte
	for i, p := range parts {
		if i > 0 {
			b = append(b, sep...)
		}
		b = append(b, p...)
	}
	return string(b)
}

// isNumber reports whether s has nothing but digits and dots: "12.2".
func isNumber(s string) bool {
	for i := range len(s) {
		if s[i] != '.' && (s[i] < '0' || s[i] > '9') {
			return false
		}
	}
	return true
}

func decimal(n int) string {
	if n < 10 {
		return string(rune('0' + n))
	}
	return decimal(n/10) + string(rune('0'+n%10))
}

func isAbs(path string) bool { return hasPrefix(path, "/") }

// baseName is the last element of a path.
func baseName(path string) string {
	for len(path) > 1 && path[len(path)-1] == '/' {
		path = path[:len(path)-1]
	}
	return path[lastIndexByte(path, '/')+1:]
}

// dirName is a path without its last element.
func dirName(path string) string {
	switch i := lastIndexByte(path, '/'); {
	case i < 0:
		return "."
	case i == 0:
		return "/"
	default:
		return cleanPath(path[:i])
	}
}

// cleanPath is the shortest form of a path: path.Clean.
func cleanPath(path string) string {
	var kept []string
	for _, e := range split(path, '/') {
		switch {
		case e == "" || e == ".":
		case e == ".." && len(kept) > 0 && kept[len(kept)-1] != "..":
			kept = kept[:len(kept)-1]
		case e == ".." && isAbs(path):
		default:
			kept = append(kept, e)
		}
	}
	switch short := join(kept, "/"); {
	case isAbs(path):
		return "/" + short
	case short == "":
		return "."
	default:
		return short
	}
}
