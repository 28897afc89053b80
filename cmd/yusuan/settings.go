package main

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
	"go.yaml.in/yaml/v3"
)

// envPrefix starts the names of environment variables that set flags.
const envPrefix = "YUSUAN_"

// settings gives flags that are not on the command line the value of the environment, else that of the configuration file.
type settings struct {
	env []string // KEY=VALUE
}

// resolve is called by kong for each part of the command line, after it was read. For the whole of it, it looks which file to
// read and where flags come from.
func (s settings) resolve(k *kong.Context, path *kong.Path) error {
	if path.App == nil {
		return nil
	}
	name := lookup(s.env, envPrefix+"CONFIG")
	for _, p := range k.Path {
		if p.Flag != nil && p.Flag.Name == "config" {
			name = fmt.Sprint(k.FlagValue(p.Flag))
		}
	}
	values, err := readSettings(name, k.Model)
	if err != nil {
		return &exit{exitUsage, err}
	}
	k.AddResolver(kong.ResolverFunc(func(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
		if flag.Name == "help" {
			return nil, nil
		}
		if v := lookup(s.env, envName(flag.Name)); v != "" {
			return v, nil
		}
		if v, ok := values[flag.Name]; ok {
			return v, nil
		}
		return nil, nil
	}))
	return nil
}

// envName is the environment's name of a flag.
func envName(flag string) string {
	return envPrefix + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

// lookup gives the last value of a variable, or "".
func lookup(env []string, name string) string {
	value := ""
	for _, e := range env {
		if v, ok := strings.CutPrefix(e, name+"="); ok {
			value = v
		}
	}
	return value
}

// readSettings reads a file of flags by name (log-level or log_level) and gives their values as on a command line. An unknown
// name is an error: it would be obeyed by nobody. "" is no file.
func readSettings(name string, app *kong.Application) (map[string]string, error) {
	if name == "" {
		return nil, nil
	}
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("configuration: %w", err)
	}
	var raw map[string]any
	if err := yaml.Unmarshal(data, &raw); err != nil { // JSON is YAML
		return nil, fmt.Errorf("configuration %s: %w", name, err)
	}
	known := flagNames(app.Node)
	values := map[string]string{}
	for key, value := range raw {
		flag := strings.ReplaceAll(key, "_", "-")
		if !slices.Contains(known, flag) || flag == "config" {
			return nil, fmt.Errorf("configuration %s: there is no flag %q", name, key)
		}
		if values[flag], err = settingText(value); err != nil {
			return nil, fmt.Errorf("configuration %s: %s: %w", name, key, err)
		}
	}
	return values, nil
}

// flagNames are those of a command and of all under it.
func flagNames(n *kong.Node) []string {
	var names []string
	for _, f := range n.Flags {
		if f.Name != "help" {
			names = append(names, f.Name)
		}
	}
	for _, c := range n.Children {
		names = append(names, flagNames(c)...)
	}
	return names
}

// settingText writes a value of the file as on a command line: a list with commas.
func settingText(value any) (string, error) {
	switch v := value.(type) {
	case nil:
		return "", nil
	case string:
		return v, nil
	case bool, int, float64:
		return fmt.Sprint(v), nil
	case []any:
		var parts []string
		for _, e := range v {
			part, err := settingText(e)
			if err != nil {
				return "", err
			}
			parts = append(parts, strings.ReplaceAll(part, ",", `\,`))
		}
		return strings.Join(parts, ","), nil
	}
	return "", errors.New("want a text, a number, true or false, or a list of them")
}
