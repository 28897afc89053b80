package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/dustin/go-humanize"
	"go.uber.org/zap"

	"yusuan/indexer/elastic"
	"yusuan/schemas"
	"yusuan/worker/broker"
)

type doctorCommand struct{}

// Help is the long form, with an example.
func (doctorCommand) Help() string {
	return `Looks at everything that the other commands need, with the same flags, environment and configuration file, and changes nothing. The
exit code is 1 if something that is configured does not work.

  yusuan doctor --nats nats://localhost:4222`
}

// A health says how a thing is.
type health string

const (
	well    health = "ok"
	absent  health = "off"     // not configured, and not needed
	dubious health = "warning" // works, but look at it
	ill     health = "error"   // configured, and does not work
)

// A diagnosis is what doctor found out about one thing.
type diagnosis struct {
	Name   string `json:"name"`
	Health health `json:"health"`
	Detail string `json:"detail"`
	Advice string `json:"advice,omitempty"` // what to do
}

// Run looks at everything.
func (doctorCommand) Run(ctx context.Context, p *program) error {
	lg, err := p.logger(zap.FatalLevel) // what goes wrong is in the diagnoses
	if err != nil {
		return err
	}
	v := versions()
	list := []diagnosis{
		{"program", well, fmt.Sprintf("yusuan %s, parser %d, %s, %d processors", v.Version, v.Parser, v.System, runtime.GOMAXPROCS(0)), ""},
		p.diagnoseSettings(),
		p.diagnoseData(),
		p.diagnoseQueue(ctx, lg),
		p.diagnoseIndex(ctx, lg),
		p.diagnoseCache(),
	}
	list = append(list, p.diagnoseEngines(ctx, lg)...)
	list = append(list, diagnosis{"OCR", absent, "not configured", "scanned PDFs are kept as needs-ocr, see yusuan deadletter list --code needs-ocr"})
	if p.JSON {
		err = p.out.json(list)
	} else {
		p.printDiagnoses(list)
	}
	if err == nil && slices.ContainsFunc(list, func(d diagnosis) bool { return d.Health == ill }) {
		err = &exit{code: exitFailed}
	}
	return err
}

func (p *program) printDiagnoses(list []diagnosis) {
	var t sheet
	for _, d := range list {
		if p.Quiet && (d.Health == well || d.Health == absent) {
			continue
		}
		mark := map[health]string{well: "ok", absent: "--", dubious: "!", ill: "ERROR"}[d.Health]
		t.add(p.out.bold(mark), d.Name, d.Detail)
		if d.Advice != "" {
			t.add("", "", "→ "+d.Advice)
		}
	}
	p.out.printf("%s", t.String())
}

// diagnoseSettings finds misspelt variables: nobody else would notice them.
func (p *program) diagnoseSettings() diagnosis {
	d := diagnosis{Name: "settings", Health: well}
	var set, unknown []string
	for _, e := range p.env {
		name, value, _ := strings.Cut(e, "=")
		if !strings.HasPrefix(name, envPrefix) || strings.HasPrefix(name, envPrefix+"TEST_") || value == "" {
			continue
		}
		if slices.ContainsFunc(p.flags, func(flag string) bool { return envName(flag) == name }) {
			set = append(set, name)
		} else {
			unknown = append(unknown, name)
		}
	}
	d.Detail = "no configuration file"
	if p.Config != "" {
		d.Detail = "configuration file " + p.Config
	}
	if len(set) > 0 {
		d.Detail += "; from the environment: " + strings.Join(set, ", ")
	}
	if len(unknown) > 0 {
		d.Health = dubious
		d.Detail += "; unknown: " + strings.Join(unknown, ", ")
		d.Advice = "no flag goes with the unknown variables: correct or remove them"
	}
	return d
}

// lowSpace is how many free bytes are too few for a data folder.
const lowSpace = 1 << 30

func (p *program) diagnoseData() diagnosis {
	d := diagnosis{Name: "data folder", Health: well, Detail: p.dataDir()}
	if p.NATS != "" && p.Elasticsearch != "" && p.Blobs == "" {
		d.Health, d.Detail = absent, "not needed: queue, PDFs and index are on servers"
		return d
	}
	parent, err := nearest(p.dataDir())
	if err == nil {
		err = tryWrite(parent)
	}
	if err != nil {
		d.Health, d.Detail = ill, fmt.Sprintf("%s: not writable: %s", p.dataDir(), plainly(err))
		d.Advice = "mend its rights, or choose another folder with --data"
		return d
	}
	if parent != p.dataDir() {
		d.Detail += ", which will be made"
	}
	free, err := freeSpace(parent)
	switch {
	case err != nil:
		d.Health, d.Detail = dubious, d.Detail+": free space unknown: "+plainly(err)
	case free < lowSpace:
		d.Health, d.Detail, d.Advice = dubious, d.Detail+", "+humanize.IBytes(free)+" free", "free some space, or choose another folder with --data"
	default:
		d.Detail += ", " + humanize.IBytes(free) + " free"
	}
	return d
}

// nearest is the folder, or the nearest one above it that exists.
func nearest(path string) (string, error) {
	for dir := path; ; dir = filepath.Dir(dir) {
		info, err := os.Stat(dir)
		if err == nil && !info.IsDir() {
			return "", fmt.Errorf("%s is no folder", dir)
		}
		if err == nil || !errors.Is(err, fs.ErrNotExist) || dir == filepath.Dir(dir) {
			return dir, err
		}
	}
}

// tryWrite makes a file in the folder and removes it.
func tryWrite(dir string) error {
	f, err := os.CreateTemp(dir, ".yusuan-doctor-*")
	if err != nil {
		return err
	}
	_, err = f.WriteString("yusuan doctor\n")
	return errors.Join(err, f.Close(), os.Remove(f.Name()))
}

func (p *program) diagnoseQueue(ctx context.Context, lg *zap.Logger) diagnosis {
	d := diagnosis{Name: "NATS", Health: well}
	cfg := broker.Config{URL: p.NATS, Credentials: p.NATSCreds, Dir: filepath.Join(p.dataDir(), "nats")}
	if p.NATS == "" {
		d.Detail = "embedded, in " + cfg.Dir
		if _, err := os.Stat(cfg.Dir); err != nil {
			return d // nothing there yet to look at
		}
	}
	b, err := broker.Open(ctx, lg, cfg)
	if err != nil {
		d.Health, d.Detail = ill, oneLine(err.Error())
		d.Advice = "start the server with JetStream (nats-server -js), correct --nats, or leave it out for the embedded one"
		if p.NATS == "" {
			d.Advice = "choose another folder with --data"
		}
		if errors.Is(err, broker.ErrInUse) {
			d.Health, d.Advice = dubious, "search and items work all the same; ingest, publish and deadletter have to wait"
		}
		return d
	}
	defer b.Close()
	if p.NATS != "" {
		d.Detail = fmt.Sprintf("%s, version %s, with JetStream", b.ClientURL(), b.Conn().ConnectedServerVersion())
	}
	return d
}

func (p *program) diagnoseIndex(ctx context.Context, lg *zap.Logger) diagnosis {
	if p.Elasticsearch != "" {
		return p.diagnoseElastic(ctx, lg)
	}
	d := diagnosis{Name: "index", Health: well, Detail: "embedded, in " + filepath.Join(p.dataDir(), indexFile)}
	if p.needIndex() != nil {
		d.Detail += ": none yet"
		d.Advice = "yusuan ingest FOLDER makes it"
		return d
	}
	s, err := p.openIndex(ctx, lg)
	if err != nil {
		d.Health, d.Detail, d.Advice = ill, oneLine(err.Error()), "choose another folder with --data"
		return d
	}
	defer s.Close()
	files := 0
	err = indexed{s}.Entries(ctx, nil, func(schemas.Entry) error { files++; return nil })
	if err != nil {
		d.Health, d.Detail, d.Advice = ill, oneLine(err.Error()), "move the file away and ingest again"
		return d
	}
	d.Detail += ": " + plural(files, "file")
	return d
}

func (p *program) diagnoseElastic(ctx context.Context, lg *zap.Logger) diagnosis {
	d := diagnosis{Name: "Elasticsearch", Health: well}
	cfg, err := p.elasticConfig(quickRetries)
	var server elastic.Server
	if err == nil {
		server, err = elastic.Probe(ctx, lg, cfg)
	}
	if err != nil {
		d.Health, d.Detail = ill, oneLine(err.Error())
		d.Advice = "start Elasticsearch 8 or 9, correct --elasticsearch, or leave it out for the embedded index"
		return d
	}
	d.Detail = fmt.Sprintf("version %s, cluster %s is %s, %s", server.Version, server.Cluster, server.Status, plural(server.Nodes, "node"))
	switch major, _, _ := strings.Cut(server.Version, "."); {
	case major != "8" && major != "9":
		d.Health, d.Advice = ill, "use Elasticsearch 8 or 9"
	case server.Status == "red":
		d.Health, d.Advice = ill, "some data is not available: look at _cluster/allocation/explain"
	}
	return d
}

func (p *program) diagnoseCache() diagnosis {
	d := diagnosis{Name: "cache", Health: well, Detail: p.cacheDir()}
	if d.Detail == "" {
		d.Health, d.Detail, d.Advice = dubious, "none", "PDFium starts two seconds later each time: name a folder with --cache"
		return d
	}
	dir, err := nearest(d.Detail)
	if err == nil {
		err = tryWrite(dir)
	}
	if err != nil {
		d.Health, d.Detail = dubious, fmt.Sprintf("%s: not writable: %s", d.Detail, plainly(err))
		d.Advice = "PDFium starts two seconds later each time: name another folder with --cache"
	}
	return d
}
