package yamlrecipe

import _ "embed" // for the schema

// Schema is the JSON schema of recipes, for editors. What it accepts and what Parse accepts differ only where a schema cannot look: inside
// specs and templates, and between one part of a recipe and another.
//
//go:embed recipe.schema.json
var Schema []byte
