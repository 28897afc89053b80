package site

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"
	"sync"
)

//go:embed assets
var assetFiles embed.FS

// staticPath is where assets are, behind a digest of all of them, so that a browser may keep each for ever.
const staticPath = "/static/"

// assets are the styles, scripts and libraries of the pages.
type assets struct {
	digest string
	files  map[string]*asset // by path under assets/
}

// An asset is one file. gzipped gives nil where that is not smaller.
type asset struct {
	media   string
	data    []byte
	gzipped func() []byte
}

func newAssets() (*assets, error) {
	a := &assets{files: map[string]*asset{}}
	all := sha256.New()
	err := fs.WalkDir(assetFiles, "assets", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := assetFiles.ReadFile(name)
		if err != nil {
			return err
		}
		fmt.Fprintf(all, "%s %d\n", name, len(data))
		all.Write(data) // a hash never fails
		name = strings.TrimPrefix(name, "assets/")
		a.files[name] = &asset{mediaOf(name), data, sync.OnceValue(func() []byte { return gzipped(data) })}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("site: assets: %w", err)
	}
	a.digest = hex.EncodeToString(all.Sum(nil)[:8])
	return a, nil
}

// mediaOf does not ask the system, which may know otherwise.
func mediaOf(name string) string {
	switch path.Ext(name) {
	case ".css":
		return "text/css; charset=utf-8"
	case ".js", ".mjs":
		return "text/javascript; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	case ".wasm":
		return "application/wasm"
	case ".bcmap", ".pfb", ".ttf", ".icc":
		return "application/octet-stream"
	}
	if media := mime.TypeByExtension(path.Ext(name)); media != "" {
		return media
	}
	return "text/plain; charset=utf-8"
}

func gzipped(data []byte) []byte {
	var buf bytes.Buffer
	z, err := gzip.NewWriterLevel(&buf, gzip.BestCompression)
	if err != nil {
		return nil // the level is one that there is
	}
	if _, err := z.Write(data); err != nil || z.Close() != nil || buf.Len() >= len(data) {
		return nil
	}
	return buf.Bytes()
}

// url is where an asset is.
func (a *assets) url(name string) (string, error) {
	if a.files[name] == nil {
		return "", fmt.Errorf("there is no asset %s", name)
	}
	return staticPath + a.digest + "/" + name, nil
}

// ServeHTTP gives an asset. One of another digest is that of today: who asks for it has an old page open.
func (a *assets) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	digest, name, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, staticPath), "/")
	file := a.files[name]
	if file == nil {
		http.NotFound(w, r)
		return
	}
	h := w.Header()
	h.Set("Content-Type", file.media)
	h.Set("Vary", "Accept-Encoding")
	h.Set("Cache-Control", "no-cache")
	if digest == a.digest {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	data := file.data
	if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		if small := file.gzipped(); small != nil {
			h.Set("Content-Encoding", "gzip")
			data = small
		}
	}
	h.Set("Content-Length", fmt.Sprint(len(data)))
	if r.Method != http.MethodHead {
		_, _ = w.Write(data) // who asked may have gone
	}
}
