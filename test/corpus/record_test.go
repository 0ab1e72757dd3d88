package corpus

import (
	"encoding/json"
	"reflect"
	"testing"

	"github.com/berth-hpc/berth/packages/spackrepo/record"
)

// TestRecordsAreWhole: what a line says is all in its record.
func TestRecordsAreWhole(t *testing.T) {
	r := open(t)
	for _, name := range r.AllNames() {
		p, err := r.Record(name)
		if err != nil {
			t.Fatal(err)
		}
		text, err := json.Marshal(p)
		if err != nil {
			t.Fatal(err)
		}
		var want, got map[string]any
		if err := json.Unmarshal(r.records[name], &want); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(text, &got); err != nil {
			t.Fatal(err)
		}
		dropEmpty(want)
		dropEmpty(got)
		for key := range want {
			if !reflect.DeepEqual(want[key], got[key]) {
				t.Errorf("%s: %s is %v in the line and %v in the record", name, key, want[key], got[key])
			}
		}
		if t.Failed() {
			return
		}
	}
	if _, err := record.Decode([]byte("{")); err == nil {
		t.Error("half a line is a record")
	}
}

// dropEmpty takes out what means the same as nothing: empty texts and lists, zero, null.
func dropEmpty(m map[string]any) {
	for key, v := range m {
		switch v := v.(type) {
		case map[string]any:
			dropEmpty(v)
		case []any:
			for _, e := range v {
				if e, ok := e.(map[string]any); ok {
					dropEmpty(e)
				}
			}
			if len(v) == 0 {
				delete(m, key)
			}
		case nil:
			delete(m, key)
		case string:
			if v == "" {
				delete(m, key)
			}
		case float64:
			if v == 0 && key != "level" {
				delete(m, key)
			}
		}
	}
}
