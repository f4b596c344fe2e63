// Answers how client-go reads kubeconfigs: JSON lines of {"id","text"|"base64","context"} in, the same with "go" out.
package main

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"os"
	"sort"

	"k8s.io/client-go/tools/clientcmd"
)

type question struct {
	ID      string  `json:"id"`
	Text    *string `json:"text,omitempty"`
	Base64  *string `json:"base64,omitempty"`
	Context string  `json:"context,omitempty"`
	Go      *answer `json:"go"`
}

type answer struct {
	// Error of loading the text; nothing else is known then.
	Unreadable string `json:"unreadable,omitempty"`
	// Error of making a client of it.
	Unusable string `json:"unusable,omitempty"`
	Contexts []string `json:"contexts,omitempty"`
	Fields   *fields  `json:"fields,omitempty"`
	// What the client connects with; absent where it is not usable.
	Host string `json:"host,omitempty"`
}

// The cluster and user of the context as they were loaded.
type fields struct {
	Server          string `json:"server,omitempty"`
	CAData          []byte `json:"caData,omitempty"`
	CAFile          string `json:"certificate-authority,omitempty"`
	Insecure        bool   `json:"insecure,omitempty"`
	ServerName      string `json:"tlsServerName,omitempty"`
	ProxyURL        string `json:"proxyURL,omitempty"`
	Token           []byte `json:"tokenData,omitempty"`
	TokenFile       string `json:"tokenFile,omitempty"`
	CertData        []byte `json:"certData,omitempty"`
	CertFile        string `json:"client-certificate,omitempty"`
	KeyData         []byte `json:"keyData,omitempty"`
	KeyFile         string `json:"client-key,omitempty"`
	Username        string `json:"username,omitempty"`
	Password        string `json:"password,omitempty"`
	Impersonate     string `json:"as,omitempty"`
	HasExec         bool   `json:"exec,omitempty"`
	Command         string `json:"command,omitempty"`
	HasAuthProvider bool   `json:"auth-provider,omitempty"`
	AuthProvider    string `json:"provider,omitempty"`
	Namespace       string `json:"namespace,omitempty"`
}

func read(data []byte, context string) *answer {
	config, err := clientcmd.Load(data)
	if err != nil {
		return &answer{Unreadable: err.Error()}
	}
	result := &answer{}
	for name := range config.Contexts {
		result.Contexts = append(result.Contexts, name)
	}
	sort.Strings(result.Contexts)
	clientConfig := clientcmd.NewNonInteractiveClientConfig(*config, context, &clientcmd.ConfigOverrides{}, nil)
	rest, err := clientConfig.ClientConfig()
	if err != nil {
		result.Unusable = err.Error()
	} else {
		result.Host = rest.Host
		if rest.Proxy != nil {
			if url, _ := rest.Proxy(&http.Request{}); url == nil {
				panic("a proxy without an address")
			}
		}
	}
	name := context
	if name == "" {
		name = config.CurrentContext
	}
	f := &fields{}
	result.Fields = f
	chosen := config.Contexts[name]
	cluster, user := "", ""
	if chosen != nil {
		cluster, user = chosen.Cluster, chosen.AuthInfo
		f.Namespace = chosen.Namespace
	}
	if c := config.Clusters[cluster]; c != nil {
		f.Server, f.CAData, f.CAFile = c.Server, c.CertificateAuthorityData, c.CertificateAuthority
		f.Insecure, f.ServerName, f.ProxyURL = c.InsecureSkipTLSVerify, c.TLSServerName, c.ProxyURL
	}
	if u := config.AuthInfos[user]; u != nil {
		f.Token, f.TokenFile = []byte(u.Token), u.TokenFile
		f.CertData, f.CertFile, f.KeyData, f.KeyFile = u.ClientCertificateData, u.ClientCertificate, u.ClientKeyData, u.ClientKey
		f.Username, f.Password, f.Impersonate = u.Username, u.Password, u.Impersonate
		if u.Exec != nil {
			f.HasExec, f.Command = true, u.Exec.Command
		}
		if u.AuthProvider != nil {
			f.HasAuthProvider, f.AuthProvider = true, u.AuthProvider.Name
		}
	}
	if rest != nil && rest.TLSClientConfig.CAFile != f.CAFile && rest.TLSClientConfig.CAFile != "" {
		panic("another CA file")
	}
	return result
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<26)
	out := json.NewEncoder(os.Stdout)
	out.SetEscapeHTML(false)
	for lines.Scan() {
		if len(lines.Bytes()) == 0 {
			continue
		}
		q := question{}
		if err := json.Unmarshal(lines.Bytes(), &q); err != nil {
			panic(err)
		}
		data := []byte{}
		if q.Text != nil {
			data = []byte(*q.Text)
		} else if q.Base64 != nil {
			var err error
			if data, err = base64.StdEncoding.DecodeString(*q.Base64); err != nil {
				panic(err)
			}
		}
		q.Go = read(data, q.Context)
		if err := out.Encode(q); err != nil {
			panic(err)
		}
	}
}
