// Reads JSON strings, one a line, as YAML the way Kubernetes does, and prints what they say as JSON: null where a text is not
// YAML, is no map, or says nothing.
package main

import (
	"bufio"
	"encoding/json"
	"os"

	"sigs.k8s.io/yaml"
)

func main() {
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(make([]byte, 1<<20), 1<<26)
	out := json.NewEncoder(os.Stdout)
	out.SetEscapeHTML(false)
	for in.Scan() {
		var text string
		if err := json.Unmarshal(in.Bytes(), &text); err != nil {
			panic(err)
		}
		if err := out.Encode(read(text)); err != nil {
			panic(err)
		}
	}
}

func read(text string) (said map[string]interface{}) {
	defer func() {
		// The reader panics on some texts.
		if recover() != nil {
			said = nil
		}
	}()
	if yaml.Unmarshal([]byte(text), &said) != nil {
		return nil
	}
	return said
}
