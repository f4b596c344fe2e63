// Command go-template renders policies with Go's text/template and sprig, for the benchmark in ../template.ts.
//
// It reads a JSON list of policies from standard input, each with its templates and the data of its clusters, and
// writes, for each, the nanoseconds that compiling and rendering its templates once takes, and what they render.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"text/template"
	"time"

	"github.com/Masterminds/sprig/v3"
)

type policy struct {
	Name      string
	Templates []string
	Clusters  []map[string]interface{}
}

type result struct {
	Name      string   `json:"name"`
	RenderNs  float64  `json:"renderNs"`
	CompileNs float64  `json:"compileNs"`
	Outputs   []string `json:"outputs"`
}

// round is how long is measured at a time: the fastest of some rounds counts, for others use the machine as well.
const (
	round  = 20 * time.Millisecond
	rounds = 15
)

func main() {
	var policies []policy
	decoder := json.NewDecoder(os.Stdin)
	decoder.UseNumber()
	check(decoder.Decode(&policies))
	results := []result{}
	for _, p := range policies {
		for i, cluster := range p.Clusters {
			p.Clusters[i] = integersAsInt64(cluster).(map[string]interface{})
		}
		results = append(results, measure(p))
	}
	check(json.NewEncoder(os.Stdout).Encode(results))
}

func measure(p policy) result {
	templates := compile(p.Templates)
	var buffer bytes.Buffer
	outputs := []string{}
	for _, cluster := range p.Clusters {
		for _, t := range templates {
			buffer.Reset()
			check(t.Execute(&buffer, cluster))
			outputs = append(outputs, buffer.String())
		}
	}
	i := 0
	render := func() {
		cluster := p.Clusters[i%len(p.Clusters)]
		i++
		for _, t := range templates {
			buffer.Reset()
			check(t.Execute(&buffer, cluster))
			output = buffer.String()
		}
	}
	return result{
		Name:      p.Name,
		RenderNs:  fastest(render),
		CompileNs: fastest(func() { compile(p.Templates) }),
		Outputs:   outputs,
	}
}

// output is what was rendered last: a string, as the other side makes one.
var output string

var base = template.New("base").Funcs(sprig.TxtFuncMap())

func compile(texts []string) []*template.Template {
	templates := make([]*template.Template, len(texts))
	for i, text := range texts {
		// The functions are shared, so that only parsing is measured.
		t, err := base.New(fmt.Sprint(i)).Parse(text)
		check(err)
		templates[i] = t
	}
	return templates
}

// fastest is the least nanoseconds that a run takes on average, over the rounds.
func fastest(run func()) float64 {
	least := 0.0
	for r := 0; r < rounds; r++ {
		start := time.Now()
		runs := 0
		for time.Since(start) < round {
			for i := 0; i < 10; i++ {
				run()
			}
			runs += 10
		}
		ns := float64(time.Since(start).Nanoseconds()) / float64(runs)
		if least == 0 || ns < least {
			least = ns
		}
	}
	return least
}

func integersAsInt64(value interface{}) interface{} {
	switch value := value.(type) {
	case map[string]interface{}:
		for key, item := range value {
			value[key] = integersAsInt64(item)
		}
	case []interface{}:
		for i, item := range value {
			value[i] = integersAsInt64(item)
		}
	case json.Number:
		if integer, err := value.Int64(); err == nil {
			return integer
		}
		float, err := value.Float64()
		check(err)
		return float
	}
	return value
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
