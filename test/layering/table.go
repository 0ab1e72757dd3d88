package layering

// Berth is the table of this module. A new package needs a row only when its imports differ from its parent's; a new
// top-level package always does. Widening a row is a decision about the architecture, not a way to make a build pass.
var Berth = Table{
	Module: "github.com/berth-hpc/berth",
	Rules: []Rule{
		{Package: "spec", Imports: []string{"spec/arch"}},
		{Package: "spec/arch"},
		{Package: "spec/dag", Imports: []string{"spec", "spec/arch"}},

		{Package: "packages", Imports: []string{"spec/..."}},
		{Package: "packages/yamldoc", Imports: []string{"packages", "spec/..."}},
		{Package: "packages/config", Imports: []string{"packages", "packages/yamldoc", "spec/..."}},
		{Package: "packages/yamlrecipe", Imports: []string{"packages", "packages/yamldoc", "spec/..."}},
		{
			Package: "packages/builtin",
			Imports: []string{"packages", "packages/yamlrecipe", "spec/..."},
			Tests:   []string{"packages/config", "concretizer"},
		},
		{Package: "packages/python"},
		{
			Package: "packages/spackrepo",
			Imports: []string{"packages", "packages/python/...", "packages/yamldoc", "spec/..."},
			Tests:   []string{"test/corpus"},
		},
		{Package: "packages/host", Imports: []string{"packages", "packages/config", "packages/yamldoc", "spec/..."}},

		{
			Package: "concretizer",
			Imports: []string{"packages", "spec/..."},
			Tests:   []string{"packages/builtin", "packages/config", "packages/yamlrecipe", "test/corpus"},
		},
		{
			Package: "install",
			Imports: []string{"packages", "spec/..."},
			Tests:   []string{"packages/builtin", "packages/config", "packages/yamlrecipe", "test/torture/inject"},
		},
		{Package: "modules", Imports: []string{"install/...", "packages", "spec/..."}},
		{
			Package: "envs",
			Imports: []string{"concretizer", "install/...", "modules", "packages/...", "spec/..."},
		},
		{
			Package: "cmd",
			Imports: []string{"concretizer", "envs/...", "install/...", "modules/...", "packages/...", "spec/..."},
			Tests:   []string{"test/torture/inject"},
		},
		{
			Package: "test",
			Imports: []string{"concretizer", "envs/...", "install/...", "modules/...", "packages/...", "spec/..."},
		},
	},
	Reserves: []Reserve{
		{Import: "github.com/go-air/gini/...", For: []string{"concretizer/internal/cdcl"}}, // its tests, as an oracle
		{Import: "github.com/mattn/go-sqlite3", For: []string{"install/..."}, Alone: true},
		{Import: "database/sql", For: []string{"install/..."}, Alone: true},
		{Import: "github.com/urfave/cli/v2", For: []string{"cmd/..."}},
		{Import: "github.com/vbauerster/mpb/v8/...", For: []string{"cmd/..."}, Alone: true},
		{Import: "golang.org/x/term", For: []string{"cmd/..."}},
		{Import: "github.com/ulikunitz/xz/...", For: []string{"install/..."}, Alone: true},
		{Import: "net/http", For: []string{"install/...", "packages/spackrepo"}},
	},
}
