package corpus

import "encoding/json"

// record is a line of the corpus, as far as it is used.
type record struct {
	Name         string        `json:"name"`
	Dir          string        `json:"dir"` // "_3dtk": the recipe's directory
	Attrs        attributes    `json:"attrs"`
	Versions     []version     `json:"versions"`
	Variants     []variant     `json:"variants"`
	Dependencies []dependency  `json:"dependencies"`
	Conflicts    []conflict    `json:"conflicts"`
	Requirements []requirement `json:"requirements"`
	Provides     []provision   `json:"provides"`
	Extends      []extension   `json:"extends"`
	Patches      []patch       `json:"patches"`
	Resources    []resource    `json:"resources"`
	Licenses     []license     `json:"licenses"`
	Redistribute []struct {
		Source bool `json:"source"`
		Binary bool `json:"binary"`
	} `json:"redistribute"`
}

type attributes struct {
	Homepage string          `json:"homepage"`
	URL      string          `json:"url"`
	URLs     json.RawMessage `json:"urls"` // a list; of a few packages something else
	Git      string          `json:"git"`
	Tags     []string        `json:"tags"`
	Virtual  bool            `json:"virtual"`
}

type version struct {
	Version    string `json:"version"`
	SHA256     string `json:"sha256"`
	Checksum   string `json:"checksum"`
	URL        string `json:"url"`
	Extension  string `json:"extension"` // ".tar"
	Expand     *bool  `json:"expand"`
	Preferred  bool   `json:"preferred"`
	Deprecated bool   `json:"deprecated"`
	source
}

// source is where something comes from that is under version control.
type source struct {
	Git        string `json:"git"`
	Commit     string `json:"commit"`
	Tag        string `json:"tag"`
	Branch     string `json:"branch"`
	Submodules any    `json:"submodules"` // true, "True", or a function that tells which ones
}

type variant struct {
	Name      string     `json:"name"`
	Kind      string     `json:"kind"`
	Default   any        `json:"default"` // true or "text"
	Values    []value    `json:"values"`
	Sets      [][]string `json:"sets"`
	Multi     bool       `json:"multi"`
	Sticky    bool       `json:"sticky"`
	Callable  string     `json:"callable"`     // the name of a function that judges values
	Described string     `json:"callable_doc"` // what the function says of itself
	When      []string   `json:"when"`
}

type value struct {
	Value any      `json:"value"` // "text", or true
	When  []string `json:"when"`
}

type dependency struct {
	Spec    string   `json:"spec"`
	Types   []string `json:"types"`
	When    []string `json:"when"`
	Patches []patch  `json:"patches"`
}

type conflict struct {
	Spec string   `json:"spec"`
	When []string `json:"when"`
}

type requirement struct {
	Specs  []string `json:"specs"`
	Policy string   `json:"policy"`
	When   []string `json:"when"`
}

type provision struct {
	Virtuals []string `json:"virtuals"`
	When     []string `json:"when"`
}

type extension struct {
	Spec  string   `json:"spec"`
	Types []string `json:"types"`
	When  []string `json:"when"`
}

type patch struct {
	File       string   `json:"file"`
	URL        string   `json:"url"`
	SHA256     string   `json:"sha256"`
	ArchiveSHA string   `json:"archive_sha256"`
	Level      *int     `json:"level"`
	WorkingDir string   `json:"working_dir"`
	Reverse    bool     `json:"reverse"`
	When       []string `json:"when"`
}

type resource struct {
	Name        string   `json:"name"`
	URL         string   `json:"url"`
	SHA256      string   `json:"sha256"`
	Destination string   `json:"destination"`
	Placement   any      `json:"placement"` // "where", or where each part goes
	When        []string `json:"when"`
	source
}

type license struct {
	License string   `json:"license"`
	When    []string `json:"when"`
}
