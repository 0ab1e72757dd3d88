package packages

import "strings"

// ShellWord is text as one word of a POSIX shell, in quotes only where it needs them.
func ShellWord(text string) string {
	// No "=" or "%" at the begin: zsh takes the one for the path of a command, and shells the other for a job.
	const plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./=:,+@%"
	if text != "" && strings.Trim(text, plain) == "" && !strings.ContainsRune("=%", rune(text[0])) {
		return text
	}
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}
