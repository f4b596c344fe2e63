// Command oracle answers conformance cases with Go's text/template and sprig.
//
// It reads cases from standard input, one JSON object a line with "id", "tmpl" and "data" (a key into the file named by
// the first argument), and writes each with "out", or with "error" ("parse" or "exec") and "goError". See README.md.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"runtime/debug"
	"strings"
	"text/template"
	"time"

	"github.com/Masterminds/sprig/v3"
	"sigs.k8s.io/yaml"
)

// patience is how long a template may run: past it the process ends without an answer.
const patience = 2 * time.Second

// maxStack ends the process soon where a value contains itself.
const maxStack = 64 << 20

type testCase struct {
	ID       string  `json:"id"`
	Template string  `json:"tmpl"`
	Data     string  `json:"data"`
	Out      *string `json:"out,omitempty"`
	Error    string  `json:"error,omitempty"`
	GoError  string  `json:"goError,omitempty"`
}

func main() {
	if len(os.Args) != 2 {
		fail(fmt.Errorf("usage: oracle DATA.json < cases.jsonl"))
	}
	text, err := os.ReadFile(os.Args[1])
	if err != nil {
		fail(err)
	}
	decode := func() map[string]interface{} {
		data, err := decodeAsKubernetes(text)
		if err != nil {
			fail(err)
		}
		return data
	}
	functions := functions()
	debug.SetMaxStack(maxStack)
	out := bufio.NewWriter(os.Stdout)
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<24)
	for lines.Scan() {
		var c testCase
		if err := json.Unmarshal(lines.Bytes(), &c); err != nil {
			fail(err)
		}
		// Templates can change their data: each gets its own.
		watchdog := time.AfterFunc(patience, func() { os.Exit(3) })
		answer(&c, decode()[c.Data], functions)
		watchdog.Stop()
		if err := encoder.Encode(c); err != nil {
			fail(err)
		}
		// The next one may end the process.
		if err := out.Flush(); err != nil {
			fail(err)
		}
	}
	if err := lines.Err(); err != nil {
		fail(err)
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(2)
}

func answer(c *testCase, data interface{}, functions template.FuncMap) {
	c.Out, c.Error, c.GoError = nil, "", ""
	parsed, err := template.New("t").Funcs(functions).Parse(c.Template)
	if err != nil {
		c.Error, c.GoError = "parse", err.Error()
		return
	}
	var text strings.Builder
	if err := parsed.Execute(&text, data); err != nil {
		c.Error, c.GoError = "exec", err.Error()
		return
	}
	output := strings.ReplaceAll(text.String(), "<no value>", "")
	c.Out = &output
}

// functions are sprig's, without those that read the environment or the network, and Helm's YAML functions.
func functions() template.FuncMap {
	functions := sprig.TxtFuncMap()
	for _, name := range []string{"env", "expandenv", "getHostByName"} {
		delete(functions, name)
	}
	functions["toYaml"] = func(value interface{}) string {
		text, _ := toYaml(value)
		return text
	}
	functions["mustToYaml"] = toYaml
	functions["fromYaml"] = func(text string) map[string]interface{} {
		value, err := fromYaml(text)
		if err != nil {
			return map[string]interface{}{"Error": err.Error()}
		}
		return value
	}
	functions["mustFromYaml"] = fromYaml
	return functions
}

func toYaml(value interface{}) (string, error) {
	text, err := yaml.Marshal(value)
	if err != nil {
		return "", err
	}
	return strings.TrimSuffix(string(text), "\n"), nil
}

func fromYaml(text string) (map[string]interface{}, error) {
	value := map[string]interface{}{}
	err := yaml.Unmarshal([]byte(text), &value)
	return value, err
}

// decodeAsKubernetes decodes integers to int64 and all other numbers to float64.
func decodeAsKubernetes(text []byte) (map[string]interface{}, error) {
	decoder := json.NewDecoder(strings.NewReader(string(text)))
	decoder.UseNumber()
	var data map[string]interface{}
	if err := decoder.Decode(&data); err != nil {
		return nil, err
	}
	return convert(data).(map[string]interface{}), nil
}

func convert(value interface{}) interface{} {
	switch value := value.(type) {
	case map[string]interface{}:
		for key, item := range value {
			value[key] = convert(item)
		}
	case []interface{}:
		for i, item := range value {
			value[i] = convert(item)
		}
	case json.Number:
		if integer, err := value.Int64(); err == nil {
			return integer
		}
		float, err := value.Float64()
		if err != nil {
			fail(err)
		}
		return float
	}
	return value
}
