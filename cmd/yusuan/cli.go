package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/alecthomas/kong"
)

// common are the flags of every command.
type common struct {
	Data          string `placeholder:"DIR" help:"Folder of the embedded store (default ./yusuan-data)."`
	NATS          string `name:"nats" placeholder:"URL" help:"NATS server with JetStream, instead of the embedded one."`
	NATSCreds     string `name:"nats-creds" placeholder:"FILE" help:"Credentials file for --nats."`
	NATSReplicas  int    `name:"nats-replicas" placeholder:"N" help:"How many servers of a NATS cluster keep each new stream and the PDFs (default 1; 3 survives the loss of one)."`
	Elasticsearch string `placeholder:"URL" help:"Elasticsearch, instead of the embedded index. Several URLs by commas; https://user:password@host:9200 if it asks."`
	ESAPIKey      string `name:"elasticsearch-api-key" placeholder:"KEY" help:"API key for --elasticsearch; better set in the environment."`
	ESCA          string `name:"elasticsearch-ca" placeholder:"FILE" help:"PEM file of the authorities to trust for --elasticsearch."`
	ESShards      int    `name:"elasticsearch-shards" placeholder:"N" help:"How many shards each new index of content has (default 1, good for some 50 GB; yusuan reindex makes new indices)."`
	Blobs         string `placeholder:"DIR" help:"Folder of the PDFs (default DATA/blobs; with --nats an object store on that server)."`
	Prefix        string `placeholder:"NAME" help:"First part of the names of streams, subjects and indices (default yusuan)."`
	Cache         string `placeholder:"DIR" help:"Folder for compiled code of the PDF engine (default: yusuan in the user's cache folder; none: -)."`
	Config        string `placeholder:"FILE" help:"YAML or JSON file with flags. What the command line or the environment says comes first."`
	JSON          bool   `name:"json" help:"Print the result as JSON."`
	Quiet         bool   `short:"q" help:"No progress and no remarks; results and errors only."`
	LogLevel      string `placeholder:"LEVEL" enum:",debug,info,warn,error" default:"" help:"debug, info, warn or error (default: info for worker, else error)."`
	LogFormat     string `placeholder:"FORMAT" enum:",console,json" default:"" help:"console (default), or json: one object a line."`
	OTLPEndpoint  string `name:"otlp-endpoint" placeholder:"URL" help:"Send traces to this OpenTelemetry collector (OTLP over HTTP, such as http://localhost:4318); the OTEL_… variables work as well."`
}

// cli is the command line.
type cli struct {
	common `group:"Common flags:"`
	Help   helpFlag `short:"h" help:"Show help." group:"Common flags:"`

	Demo       demoCommand       `cmd:"" help:"Show it at work on sample files."`
	Ingest     ingestCommand     `cmd:"" help:"Publish PDFs, read them and index them, then say what became of each."`
	Search     searchCommand     `cmd:"" help:"Find passages and table rows."`
	Items      itemsCommand      `cmd:"" help:"Find amounts in tables, and add them up."`
	Extract    extractCommand    `cmd:"" help:"Read PDFs into JSON; no store, no server."`
	Publish    publishCommand    `cmd:"" help:"Only put jobs on the queue."`
	Worker     workerCommand     `cmd:"" help:"Only work on the queue, until stopped."`
	Status     statusCommand     `cmd:"" help:"What is being read, what waits, how fast it goes, and when it will be done."`
	DeadLetter deadLetterCommand `cmd:"" name:"deadletter" help:"What was not indexed, why, and again."`
	Compare    compareCommand    `cmd:"" help:"What is different in newer versions of the same disclosure."`
	Coverage   coverageCommand   `cmd:"" help:"Which units have published which years and kinds, and which have not."`
	Export     exportCommand     `cmd:"" help:"Write amounts as CSV, Parquet, XLSX or a data package."`
	Serve      serveCommand      `cmd:"" help:"Serve the web pages and the HTTP API, and read what is handed in."`
	Key        keyCommand        `cmd:"" help:"Keys of the HTTP API: make, list and revoke them."`
	Reindex    reindexCommand    `cmd:"" help:"Build the index anew from what is stored, or read the PDFs again with this program's parser."`
	Verify     verifyCommand     `cmd:"" help:"Check that queue, stored PDFs, ledger and index agree."`
	Doctor     doctorCommand     `cmd:"" help:"What is installed, reachable and configured, and what to do about what isn't."`
	Version    versionCommand    `cmd:"" help:"Print the version."`
}

// A command is one that was parsed.
type command struct {
	common common
	flags  []string // of all commands
	kctx   *kong.Context
}

// run calls the command's method Run(ctx, p).
func (c *command) run(ctx context.Context, p *program) error {
	c.kctx.BindTo(ctx, (*context.Context)(nil))
	err := c.kctx.Run(p)
	if cause := context.Cause(ctx); cause != nil && (errors.Is(err, context.Canceled) || errors.Is(err, cause)) {
		return errors.New("stopped before the end")
	}
	return err
}

// errHelp says that help was asked for and given.
var errHelp = errors.New("help")

// helpFlag prints the help of the command that was parsed so far.
type helpFlag bool

// IgnoreDefault has kong leave the flag alone when it sets defaults.
func (helpFlag) IgnoreDefault() {}

// BeforeReset is called by kong where the flag was given.
func (helpFlag) BeforeReset(k *kong.Context) error {
	return errors.Join(k.PrintUsage(false), errHelp)
}

const description = `Reads the budget and final-accounts disclosures (预算公开, 决算公开) that public bodies publish as PDFs into
structured data, and makes them searchable.

Each flag can also be set in the environment (--log-level: YUSUAN_LOG_LEVEL) or in the file that --config names.
Exit codes: 0 done, 1 failed, 2 wrong usage, 3 some files were rejected or failed, 5 verify found something.

  yusuan demo                     see it work on sample files, with nothing to install
  yusuan ingest pdfs/             read a folder of PDFs
  yusuan search 三公经费 --year 2024`

// parse reads the command line, the environment and the configuration file, in this order of precedence.
func parse(args []string, stdout io.Writer, env []string) (*command, error) {
	var c cli
	k, err := kong.New(&c, kong.Name("yusuan"), kong.Description(description), kong.NoDefaultHelp(), kong.Writers(stdout, io.Discard),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, NoExpandSubcommands: true, NoAppDescFormat: true, WrapUpperBound: 120}),
		kong.WithBeforeResolve(settings{env}.resolve))
	if err != nil {
		return nil, fmt.Errorf("command line: %w", err) // a fault of this program
	}
	if len(args) == 0 {
		args = []string{"--help"}
		err = &exit{code: exitUsage}
	}
	kctx, parseErr := k.Parse(args)
	switch {
	case errors.Is(parseErr, errHelp):
		if err == nil {
			err = &exit{code: exitDone}
		}
		return nil, err
	case parseErr != nil:
		return nil, badUsage(parseErr, args)
	}
	return &command{c.common, flagNames(k.Model.Node), kctx}, nil
}

// badUsage says what is wrong and where to read on.
func badUsage(err error, args []string) error {
	if e, ok := errors.AsType[*exit](err); ok {
		return e // of the configuration file
	}
	for _, arg := range args {
		if len(arg) > 1 && arg[0] == '-' && arg[1] >= utf8.RuneSelf { // no flag, and kong's message would cut the character
			return usageError("%s is no flag: to find what is without a word, put the whole query in quotes, or NOT before the word", arg)
		}
	}
	where := "yusuan"
	if p, ok := errors.AsType[*kong.ParseError](err); ok && p.Context != nil {
		for _, step := range p.Context.Path {
			if step.Command != nil {
				where += " " + step.Command.Name
			}
		}
	}
	return usageError("%s (see %s --help)", strings.TrimSuffix(err.Error(), "."), where)
}
