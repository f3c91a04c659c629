// Prints the commands of crane and gcrane as one JSON document: names, texts, flags, and which arguments
// each takes. tools/crane_table.py makes pyggcr/cli/crane/table.py and its like for gcrane of it.
package main

import (
	"bytes"
	"encoding/json"
	"log"
	"os"
	"strings"

	"github.com/google/go-containerregistry/cmd/crane/cmd"
	gcmd "github.com/google/go-containerregistry/cmd/gcrane/cmd"
	"github.com/google/go-containerregistry/pkg/crane"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

const (
	exclusive = "cobra_annotation_mutually_exclusive"
	unknown   = "unknown command"
)

type command struct {
	Use        string    `json:"use"`
	Aliases    []string  `json:"aliases"`
	Short      string    `json:"short"`
	Long       string    `json:"long"`
	Example    string    `json:"example"`
	Hidden     bool      `json:"hidden"`
	Runnable   bool      `json:"runnable"`
	PlainUse   bool      `json:"plain_use"`
	NoFiles    bool      `json:"no_files"`
	Arguments  string    `json:"arguments"`
	Flags      []flag    `json:"flags"`
	Persistent []flag    `json:"persistent"`
	Commands   []command `json:"commands"`
}

type flag struct {
	Name       string   `json:"name"`
	Shorthand  string   `json:"shorthand"`
	Usage      string   `json:"usage"`
	Type       string   `json:"type"`
	Default    string   `json:"default"`
	NoValue    string   `json:"no_value"`
	Hidden     bool     `json:"hidden"`
	Deprecated string   `json:"deprecated"`
	Required   bool     `json:"required"`
	Exclusive  []string `json:"exclusive"`
}

func main() {
	found := map[string]command{}
	for _, root := range []*cobra.Command{cmd.Root, gcrane()} {
		root.InitDefaultHelpCmd()
		root.InitDefaultCompletionCmd()
		found[root.Name()] = describe(root)
	}
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(found); err != nil {
		log.Fatal(err)
	}
	os.Stdout.Write(text.Bytes())
}

// gcrane is the root command of cmd/gcrane/main.go, which is no package that can be imported: crane's
// with commands in place of those of the same usage.
func gcrane() *cobra.Command {
	root := cmd.New("gcrane", "gcrane is a tool for managing container images on gcr.io and pkg.dev", nil)
	own := []*cobra.Command{
		gcmd.NewCmdList(), gcmd.NewCmdGc(), gcmd.NewCmdCopy(), cmd.NewCmdAuth([]crane.Option{}, "gcrane", "auth"),
	}
	used := map[string]bool{}
	for _, c := range own {
		used[c.Use] = true
	}
	for _, c := range root.Commands() {
		if used[c.Use] {
			root.RemoveCommand(c)
		}
	}
	root.AddCommand(own...)
	return root
}

func describe(c *cobra.Command) command {
	found := command{
		Use: c.Use, Aliases: c.Aliases, Short: c.Short, Long: c.Long, Example: c.Example,
		Hidden: c.Hidden, Runnable: c.Runnable(), PlainUse: c.DisableFlagsInUseLine,
		NoFiles: c.ValidArgsFunction != nil && c.Name() != "help", Arguments: arguments(c),
		Flags: flags(c.LocalNonPersistentFlags()), Persistent: flags(c.PersistentFlags()),
	}
	for _, child := range c.Commands() {
		found.Commands = append(found.Commands, describe(child))
	}
	return found
}

func flags(set *pflag.FlagSet) (found []flag) {
	set.VisitAll(func(f *pflag.Flag) {
		found = append(found, flag{
			Name: f.Name, Shorthand: f.Shorthand, Usage: f.Usage, Type: f.Value.Type(),
			Default: f.DefValue, NoValue: f.NoOptDefVal, Hidden: f.Hidden, Deprecated: f.Deprecated,
			Required: f.Annotations[cobra.BashCompOneRequiredFlag] != nil, Exclusive: f.Annotations[exclusive],
		})
	})
	return found
}

// arguments is what cobra says of too few or too many arguments, without how many there were; such
// functions cannot be compared.
func arguments(c *cobra.Command) string {
	if c.Args == nil {
		return ""
	}
	for n := range 9 {
		if err := c.Args(c, make([]string, n)); err != nil {
			said, _, _ := strings.Cut(err.Error(), ", ")
			if strings.HasPrefix(said, unknown) {
				return unknown // what follows is made of the argument and the path
			}
			return said
		}
	}
	log.Fatalf("%s takes any arguments", c.CommandPath())
	return ""
}
