package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"strings"
	"testing"
)

// TestImport runs import.sh against a stand-in for Kibana.
func TestImport(t *testing.T) {
	for _, tc := range []struct {
		name, prefix, answer string
		code                 int
		says                 string
	}{
		{"all taken", "yusuan", `{"successCount":39,"success":true,"warnings":[]}`, 0, "/app/dashboards"},
		{"another prefix", "county", `{"successCount":39,"success":true}`, 0, "/app/dashboards"},
		{"some refused", "yusuan", `{"successCount":3,"success":false,"errors":[{"id":"yusuan-units"}]}`, 1, "yusuan-units"},
		{"no prefix", "a/b", "", 2, "prefix a/b"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var got string
			srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				file, _, err := r.FormFile("file")
				if err != nil || r.URL.RequestURI() != "/api/saved_objects/_import?overwrite=true" || r.Header.Get("kbn-xsrf") == "" {
					t.Errorf("got %s, %v", r.URL, err)
					return
				}
				text, err := io.ReadAll(file)
				if err != nil {
					t.Error(err)
				}
				got = string(text)
				_, _ = io.WriteString(w, tc.answer)
			}))
			defer srv.Close()
			cmd := exec.CommandContext(t.Context(), "sh", "import.sh", srv.URL, tc.prefix)
			out, err := cmd.CombinedOutput()
			if code := cmd.ProcessState.ExitCode(); code != tc.code || !strings.Contains(string(out), tc.says) {
				t.Fatalf("got exit code %d, %v: %s", code, err, out)
			}
			var want strings.Builder
			if err := write(&want, everything()); err != nil {
				t.Fatal(err)
			}
			if tc.answer != "" && got != strings.ReplaceAll(want.String(), "yusuan-", tc.prefix+"-") {
				t.Errorf("sent %d bytes, want %d", len(got), want.Len())
			}
		})
	}
}
