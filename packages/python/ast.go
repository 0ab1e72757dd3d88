package python

// File is a program's tree. It is immutable.
type File struct {
	Name  string // as messages show it
	src   string
	lines []Pos    // where each line begins
	body  *funcDef // the module's code, as a function without parameters
}

// expr is an expression, stmt a statement. Both know where they begin.
type (
	expr interface{ at() Pos }
	stmt interface{ at() Pos }
)

type node struct{ pos Pos }

func (n node) at() Pos { return n.pos }

// nameKind says where a name's variable is; see scope.go.
type nameKind uint8

const (
	nameGlobal    nameKind = iota // the module's namespace, then the built-in names
	nameLocal                     // slot idx of the frame
	nameCell                      // slot idx of the frame, which holds a cell
	nameFree                      // cell idx of the function
	nameClass                     // the class body's namespace, then as nameGlobal
	nameClassFree                 // the class body's namespace, then as nameFree
	nameOwnClass                  // __class__ in a method
)

// Expressions.
type (
	nameExpr struct {
		node
		id   string
		kind nameKind
		idx  int32
	}
	constExpr struct {
		node
		value Value
	}
	// joinedExpr is an f-string: constExpr and formatExpr parts.
	joinedExpr struct {
		node
		parts []expr
	}
	// formatExpr is {value!conversion:spec}.
	formatExpr struct {
		node
		value      expr
		conversion byte // 0, 's', 'r' or 'a'
		spec       expr // nil, constExpr or joinedExpr
	}
	listExpr struct {
		node
		elts []expr
	}
	tupleExpr struct {
		node
		elts []expr
	}
	setExpr struct {
		node
		elts []expr
	}
	// dictExpr has a nil key for **value.
	dictExpr struct {
		node
		keys, values []expr
	}
	// compExpr is a comprehension or a generator expression. Its code is a function of its own, with the outermost
	// iterable, which the enclosing scope evaluates, as the only argument.
	compExpr struct {
		node
		what  kind // tLBracket, tLBrace (set), tColon (dict), tLParen (generator)
		elt   expr
		value expr // of a dict comprehension
		loops []compFor
		def   *funcDef
	}
	compFor struct {
		target expr
		iter   expr
		conds  []expr
	}
	unaryExpr struct {
		node
		op kind
		x  expr
	}
	binaryExpr struct {
		node
		op   kind
		x, y expr
	}
	// boolExpr is a chain of "and" or of "or".
	boolExpr struct {
		node
		op kind
		xs []expr
	}
	// compareExpr is x op[0] ys[0] op[1] ys[1]...
	compareExpr struct {
		node
		x   expr
		ops []compareOp
		ys  []expr
	}
	condExpr struct {
		node
		cond, then, els expr
	}
	lambdaExpr struct {
		node
		def *funcDef
	}
	callExpr struct {
		node
		fn     expr
		args   []expr // starExpr among them
		kwargs []keyword
		plain  bool // no * and no **
	}
	// keyword is name=value, or **value without a name.
	keyword struct {
		pos   Pos
		name  string
		value expr
	}
	attrExpr struct {
		node
		x    expr
		name string
	}
	indexExpr struct {
		node
		x, key expr
	}
	sliceExpr struct {
		node
		lo, hi, step expr // each may be nil
	}
	starExpr struct {
		node
		x expr
	}
	namedExpr struct {
		node
		target *nameExpr
		value  expr
	}
	yieldExpr struct {
		node
		x    expr // may be nil
		from bool
	}
)

// compareOp is a comparison operator.
type compareOp uint8

const (
	opEq compareOp = iota
	opNe
	opLt
	opLe
	opGt
	opGe
	opIn
	opNotIn
	opIs
	opIsNot
)

var compareNames = [...]string{"==", "!=", "<", "<=", ">", ">=", "in", "not in", "is", "is not"}

// Statements.
type (
	exprStmt struct {
		node
		x expr
	}
	assignStmt struct {
		node
		targets []expr
		value   expr
	}
	augAssignStmt struct {
		node
		op     kind // tPlus for +=
		target expr
		value  expr
	}
	// annAssignStmt is target: annotation = value. The annotation is not evaluated.
	annAssignStmt struct {
		node
		target expr
		value  expr // may be nil
	}
	returnStmt struct {
		node
		x expr // may be nil
	}
	raiseStmt struct {
		node
		exc, cause expr // may be nil
	}
	ifStmt struct {
		node
		conds  []expr
		bodies [][]stmt
		orelse []stmt
	}
	forStmt struct {
		node
		target, iter expr
		body, orelse []stmt
	}
	whileStmt struct {
		node
		cond         expr
		body, orelse []stmt
	}
	tryStmt struct {
		node
		body     []stmt
		handlers []handler
		orelse   []stmt
		finally  []stmt
	}
	handler struct {
		pos  Pos
		typ  expr      // nil for all
		name *nameExpr // may be nil
		body []stmt
	}
	withStmt struct {
		node
		items []withItem
		body  []stmt
	}
	withItem struct {
		ctx    expr
		target expr // may be nil
	}
	funcStmt struct {
		node
		def        *funcDef
		decorators []expr
		name       *nameExpr
	}
	classStmt struct {
		node
		name       *nameExpr
		bases      []expr
		keywords   []keyword
		decorators []expr
		def        *funcDef // the body, as a function without parameters
	}
	importStmt struct {
		node
		names []importName
	}
	// importFromStmt is from ..module import names; star when names is nil.
	importFromStmt struct {
		node
		level  int
		module string
		names  []importName
	}
	importName struct {
		pos    Pos
		name   string    // "os.path"
		target *nameExpr // what it binds
		whole  bool      // import a.b as c: c is a.b, whereas import a.b binds a
	}
	scopeStmt struct { // global, nonlocal
		node
		nonlocal bool
		names    []string
	}
	delStmt struct {
		node
		targets []expr
	}
	assertStmt struct {
		node
		cond, msg expr // msg may be nil
	}
	passStmt     struct{ node }
	breakStmt    struct{ node }
	continueStmt struct{ node }
)

// funcDef is a piece of code with variables of its own: a function, a lambda, a comprehension, a class body, a module.
type funcDef struct {
	pos       Pos
	name      string
	params    []param // in order: by position only, either, *args, by name only, **kwargs
	nposonly  int
	npos      int // with the former
	star      int // index of *args, or -1
	kwStar    int // index of **kwargs, or -1
	body      []stmt
	x         expr // the body of a lambda
	generator bool

	// From scope.go.
	nlocals  int
	locals   []string // names of the slots, for messages
	cells    []int    // slots that hold cells
	captures []capture
}

type param struct {
	pos  Pos
	name string
	def  expr // default; may be nil
}

// capture says where a new function finds a cell that it shares with the enclosing code.
type capture struct {
	free bool // among the enclosing function's own free cells, not in its slots
	idx  int
}
