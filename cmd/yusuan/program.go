package main

import (
	"cmp"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"yusuan/extractor"
)

// A program is what every command works with.
type program struct {
	common
	flags []string // names of the flags of all commands
	out   *screen  // results
	msg   *screen  // everything else
	env   []string

	metrics *metrics // nil where nobody asks for them
}

func build(c *command, stdout, stderr io.Writer, env []string) *program {
	return &program{common: c.common, flags: c.flags, out: newScreen(stdout, env), msg: newScreen(stderr, env), env: env}
}

// dataDir is the folder of the embedded store.
func (p *program) dataDir() string { return cmp.Or(p.Data, "yusuan-data") }

// logger writes lines for people to stderr, from the level that --log-level names, else from the given one.
func (p *program) logger(level zapcore.Level) (*zap.Logger, error) {
	if p.LogLevel != "" {
		var err error
		if level, err = zapcore.ParseLevel(p.LogLevel); err != nil {
			return nil, usageError("%w", err)
		}
	}
	cfg := zapcore.EncoderConfig{
		TimeKey: "time", LevelKey: "level", NameKey: "name", MessageKey: "message", ConsoleSeparator: "  ",
		EncodeTime: zapcore.TimeEncoderOfLayout("15:04:05.000"), EncodeLevel: zapcore.CapitalLevelEncoder,
		EncodeDuration: zapcore.StringDurationEncoder, EncodeName: zapcore.FullNameEncoder,
	}
	to := zapcore.Lock(zapcore.AddSync(p.msg))
	if p.LogFormat == "json" {
		cfg.EncodeTime, cfg.EncodeLevel = zapcore.RFC3339NanoTimeEncoder, zapcore.LowercaseLevelEncoder
		return zap.New(zapcore.NewCore(zapcore.NewJSONEncoder(cfg), to, level)), nil
	}
	return zap.New(shortCore{zapcore.NewCore(zapcore.NewConsoleEncoder(cfg), to, level)}), nil
}

// A shortCore shortens the digests in log lines, as the commands do that print them and take them: else two of them would push
// what a person reads off the screen.
type shortCore struct{ zapcore.Core }

// With implements zapcore.Core.
func (c shortCore) With(fields []zapcore.Field) zapcore.Core {
	return shortCore{c.Core.With(shortFields(fields))}
}

// Check implements zapcore.Core.
func (c shortCore) Check(e zapcore.Entry, ce *zapcore.CheckedEntry) *zapcore.CheckedEntry {
	if c.Enabled(e.Level) {
		return ce.AddCore(e, c)
	}
	return ce
}

// Write implements zapcore.Core.
func (c shortCore) Write(e zapcore.Entry, fields []zapcore.Field) error {
	return c.Core.Write(e, shortFields(fields))
}

func shortFields(fields []zapcore.Field) []zapcore.Field {
	short := slices.Clone(fields)
	for i, f := range short {
		if f.Type == zapcore.StringType && (f.Key == "job" || f.Key == "sha256") {
			short[i].String = shortID(f.String)
		}
	}
	return short
}

// cacheDir is where compiled code of PDFium is kept, or "" for nowhere: then each process compiles it anew.
func (p *program) cacheDir() string {
	switch p.Cache {
	case "-":
		return ""
	case "":
		base := lookup(p.env, "XDG_CACHE_HOME")
		if base == "" || runtime.GOOS == "windows" || runtime.GOOS == "darwin" {
			var err error
			if base, err = os.UserCacheDir(); err != nil {
				return ""
			}
		}
		return filepath.Join(base, "yusuan")
	}
	return p.Cache
}

// pool reads PDFs in child processes of this program.
func (p *program) pool(lg *zap.Logger, cfg extractor.PoolConfig) (*extractor.Pool, error) {
	exe, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("find this program: %w", err)
	}
	cfg.Command = []string{exe, childCommand}
	cfg.CacheDir, cfg.Observer = p.cacheDir(), p.metrics.children()
	if cfg.CacheDir != "" {
		if err := os.MkdirAll(cfg.CacheDir, 0o755); err != nil {
			lg.Warn("no cache folder, reading PDFs starts more slowly", zap.Error(err))
			cfg.CacheDir = ""
		}
	}
	return extractor.NewPool(lg, cfg)
}

// remark tells something that is no result, unless --quiet.
func (p *program) remark(format string, args ...any) {
	if !p.Quiet {
		p.msg.printf(format+"\n", args...)
	}
}
