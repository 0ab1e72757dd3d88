package python

// kind is what a token is.
type kind uint8

const (
	tEOF kind = iota
	tNewline
	tIndent
	tDedent
	tName
	tNumber
	tString

	// Operators.
	tLParen
	tRParen
	tLBracket
	tRBracket
	tLBrace
	tRBrace
	tComma
	tColon
	tSemicolon
	tDot
	tEllipsis
	tArrow
	tAt
	tWalrus
	tAssign
	tPlus
	tMinus
	tStar
	tSlash
	tDoubleSlash
	tPercent
	tDoubleStar
	tShl
	tShr
	tAmp
	tPipe
	tCaret
	tTilde
	tEq
	tNe
	tLt
	tLe
	tGt
	tGe
	tPlusEq // the augmented assignments, in the order of augmentedOps
	tMinusEq
	tStarEq
	tSlashEq
	tDoubleSlashEq
	tPercentEq
	tDoubleStarEq
	tShlEq
	tShrEq
	tAmpEq
	tPipeEq
	tCaretEq
	tAtEq
	tBang // inside f-strings only

	// Keywords.
	tAnd
	tAs
	tAssert
	tAsync
	tAwait
	tBreak
	tClass
	tContinue
	tDef
	tDel
	tElif
	tElse
	tExcept
	tFalse
	tFinally
	tFor
	tFrom
	tGlobal
	tIf
	tImport
	tIn
	tIs
	tLambda
	tNone
	tNonlocal
	tNot
	tOr
	tPass
	tRaise
	tReturn
	tTrue
	tTry
	tWhile
	tWith
	tYield
)

var keywords = map[string]kind{
	"and": tAnd, "as": tAs, "assert": tAssert, "async": tAsync, "await": tAwait, "break": tBreak, "class": tClass,
	"continue": tContinue, "def": tDef, "del": tDel, "elif": tElif, "else": tElse, "except": tExcept, "False": tFalse,
	"finally": tFinally, "for": tFor, "from": tFrom, "global": tGlobal, "if": tIf, "import": tImport, "in": tIn, "is": tIs,
	"lambda": tLambda, "None": tNone, "nonlocal": tNonlocal, "not": tNot, "or": tOr, "pass": tPass, "raise": tRaise,
	"return": tReturn, "True": tTrue, "try": tTry, "while": tWhile, "with": tWith, "yield": tYield,
}

// operators by length, the longest first.
var operators = [...]map[string]kind{
	{"**=": tDoubleStarEq, "//=": tDoubleSlashEq, "<<=": tShlEq, ">>=": tShrEq, "...": tEllipsis},
	{
		"**": tDoubleStar, "//": tDoubleSlash, "<<": tShl, ">>": tShr, "==": tEq, "!=": tNe, "<=": tLe, ">=": tGe, "->": tArrow,
		":=": tWalrus, "+=": tPlusEq, "-=": tMinusEq, "*=": tStarEq, "/=": tSlashEq, "%=": tPercentEq, "&=": tAmpEq,
		"|=": tPipeEq, "^=": tCaretEq, "@=": tAtEq,
	},
}

var singleOperators = [128]kind{
	'(': tLParen, ')': tRParen, '[': tLBracket, ']': tRBracket, '{': tLBrace, '}': tRBrace, ',': tComma, ':': tColon,
	';': tSemicolon, '.': tDot, '@': tAt, '=': tAssign, '+': tPlus, '-': tMinus, '*': tStar, '/': tSlash, '%': tPercent,
	'&': tAmp, '|': tPipe, '^': tCaret, '~': tTilde, '<': tLt, '>': tGt, '!': tBang,
}

// token is a piece of the source.
type token struct {
	kind     kind
	pos, end Pos
}

// Pos is an offset into a file's text.
type Pos int32
