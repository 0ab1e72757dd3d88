package dag

import "bytes"

// layout spreads compact JSON over lines: a line for each field of an object and for each object in a list. Lists of texts, and
// objects in lists, stay on one line.
func layout(compact []byte, prefix, indent string) []byte {
	var b bytes.Buffer
	depth := 0
	newline := func() {
		b.WriteString("\n" + prefix)
		for range depth {
			b.WriteString(indent)
		}
	}
	for i := 0; i < len(compact); i++ {
		switch c := compact[i]; {
		case c == '"':
			end := stringEnd(compact, i)
			b.Write(compact[i:end])
			i = end - 1
		case c == '{' && compact[i+1] == '}' || c == '[' && compact[i+1] != '{':
			i += inline(&b, compact[i:]) - 1
		case c == '{' && i > 0 && (compact[i-1] == '[' || compact[i-1] == ','): // an item of a list: in an object, a key stands there
			i += inline(&b, compact[i:]) - 1
		case c == '{' || c == '[':
			b.WriteByte(c)
			depth++
			newline()
		case c == '}' || c == ']':
			depth--
			newline()
			b.WriteByte(c)
		case c == ',':
			b.WriteByte(c)
			newline()
		case c == ':':
			b.WriteString(": ")
		default:
			b.WriteByte(c)
		}
	}
	return b.Bytes()
}

// inline writes one value with spaces between its parts and returns its length.
func inline(b *bytes.Buffer, value []byte) int {
	depth := 0
	for i := 0; i < len(value); i++ {
		switch c := value[i]; c {
		case '"':
			end := stringEnd(value, i)
			b.Write(value[i:end])
			i = end - 1
		case '{', '[':
			depth++
			b.WriteByte(c)
		case '}', ']':
			depth--
			b.WriteByte(c)
			if depth == 0 {
				return i + 1
			}
		case ',', ':':
			b.WriteByte(c)
			b.WriteByte(' ')
		default:
			b.WriteByte(c)
		}
	}
	return len(value)
}

// stringEnd is the position behind the JSON string that begins at begin.
func stringEnd(text []byte, begin int) int {
	for i := begin + 1; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(text)
}
