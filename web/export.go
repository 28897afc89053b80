package web

import (
	"archive/zip"
	"context"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"yusuan/indexer/export"
)

// maxExports is how many exports are made at a time.
const maxExports = 2

// An exported is how an export of each format is sent.
type exported struct {
	format      export.Format
	name, media string
	whole       bool // all files that there are, in a ZIP archive
}

// exports are those by the parameter format.
func exports() map[string]exported {
	return map[string]exported{
		"csv":         {export.CSV, "items.csv", "text/csv; charset=utf-8", false},
		"parquet":     {export.Parquet, "items.parquet", "application/vnd.apache.parquet", false},
		"xlsx":        {export.XLSX, "items.xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", false},
		"datapackage": {export.DataPackage, "datapackage.zip", "application/zip", true},
		"md":          {export.Markdown, "disclosures.zip", "application/zip", true},
	}
}

// exportMedia are the media types of exports, without their parameters.
func exportMedia() []string {
	var list []string
	for _, e := range exports() {
		media, _, _ := strings.Cut(e.media, ";")
		list = append(list, media)
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// exportSource is what package export asks of an index and its archive.
type exportSource struct {
	Index
	Archive
}

// export makes a file of the amounts that the filters select, in a folder of its own, and sends it.
func (a *api) export(w http.ResponseWriter, r *http.Request, p *params) error {
	how, ok := exports()[p.file]
	if !ok {
		return badParameter("format", "want csv, parquet, xlsx, datapackage or md")
	}
	select {
	case a.exports <- struct{}{}:
		defer func() { <-a.exports }()
	default:
		return problem{Status: http.StatusServiceUnavailable, Detail: "others export at the moment: try again in half a minute", later: "30"}
	}
	dir, err := os.MkdirTemp("", "yusuan-export-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if _, err := export.Write(r.Context(), exportSource{a.Index, a.Archive}, dir, export.Options{Formats: []export.Format{how.format}, Query: p.query, BOM: p.bom}); err != nil {
		return err
	}
	path := filepath.Join(dir, how.name)
	if how.whole {
		if err := archive(r.Context(), dir, path); err != nil {
			return err
		}
	}
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(sendWithin)) // not every writer has one
	w.Header().Set("Content-Type", how.media)
	w.Header().Set("Content-Disposition", `attachment; filename="`+how.name+`"`)
	w.Header().Set("Cache-Control", "no-store")
	http.ServeContent(w, r, how.name, time.Time{}, f)
	return nil
}

// sendWithin is how long who asked may take to receive an export.
const sendWithin = time.Hour

// archive packs the files of a folder, and of those in it, into a ZIP archive beside them.
func archive(ctx context.Context, dir, path string) error {
	var files []string
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry.Type().IsRegular() {
			files = append(files, path)
		}
		return err
	})
	if err != nil {
		return err
	}
	out, err := os.Create(path)
	if err != nil {
		return err
	}
	defer out.Close()
	z := zip.NewWriter(out)
	for _, f := range files {
		if err := ctx.Err(); err != nil {
			return err
		}
		name, err := filepath.Rel(dir, f)
		if err != nil {
			return err
		}
		if err := pack(z, f, filepath.ToSlash(name)); err != nil {
			return err
		}
	}
	if err := z.Close(); err != nil {
		return err
	}
	return out.Close()
}

func pack(z *zip.Writer, path, name string) error {
	in, err := os.Open(path)
	if err != nil {
		return err
	}
	defer in.Close()
	w, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: time.Now()})
	if err != nil {
		return err
	}
	_, err = io.Copy(w, in)
	return err
}

var _ export.Source = exportSource{}
