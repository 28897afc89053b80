package elastic_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"

	"yusuan/indexer/elastic"
)

// TestOpenFails opens what is no Elasticsearch of ours.
func TestOpenFails(t *testing.T) {
	says := func(header http.Header, body string) *httptest.Server {
		srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			for k := range header {
				w.Header().Set(k, header.Get(k))
			}
			io.WriteString(w, body)
		}))
		t.Cleanup(srv.Close)
		return srv
	}
	gone := says(nil, "")
	gone.Close()
	product := http.Header{"X-Elastic-Product": {"Elasticsearch"}}
	for _, tc := range []struct {
		name, url string
		want      []string
	}{
		{"nobody there", gone.URL, []string{"unreachable at " + gone.URL, "refused"}},
		{"too old", says(product, `{"version":{"number":"7.17.9"}}`).URL, []string{"7.17.9", "want Elasticsearch 8 or 9"}},
		{"too new", says(product, `{"version":{"number":"10.0.0"}}`).URL, []string{"10.0.0"}},
		{"another product", says(nil, `{"version":{"number":"2.11.0","distribution":"opensearch"}}`).URL, []string{"is not Elasticsearch"}},
		{"no JSON", says(product, `<html>`).URL, []string{"read answer of /"}},
		{"no URL", "", []string{"want http://host:port"}},
		{"other scheme", "localhost:9200", []string{"want http://host:port"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := elastic.Open(t.Context(), zap.NewNop(), elastic.Config{URLs: []string{tc.url}, Retries: 1, Backoff: time.Millisecond})
			checkError(t, err, tc.want...)
		})
	}
	_, err := elastic.Open(t.Context(), zap.NewNop(), elastic.Config{URLs: []string{"http://user:secret@127.0.0.1:1"}, Retries: 1, Backoff: time.Millisecond})
	checkError(t, err, "http://user:xxxxx@127.0.0.1:1")
	if strings.Contains(err.Error(), "secret") {
		t.Errorf("the password is in the error: %v", err)
	}
	_, err = elastic.Open(t.Context(), zap.NewNop(), elastic.Config{URLs: []string{gone.URL}, Prefix: "Yusuan"})
	checkError(t, err, "prefix")
}

// TestOtherIndices opens prefixes whose indices are not this program's.
func TestOtherIndices(t *testing.T) {
	url := serverURL(t)
	cfg := elastic.Config{URLs: []string{url}, Prefix: newPrefix(t)}
	open(t, cfg)
	call(t, http.MethodPut, url+"/"+cfg.Prefix+"-items-v1/_mapping", `{"_meta":{"schema":99}}`)
	_, err := elastic.Open(t.Context(), zap.NewNop(), cfg)
	checkError(t, err, cfg.Prefix+"-items-v1 has schema 99")

	cfg.Prefix = newPrefix(t)
	call(t, http.MethodPut, url+"/"+cfg.Prefix+"-passages", `{}`) // an index where the alias should be
	t.Cleanup(func() { call(t, http.MethodDelete, url+"/"+cfg.Prefix+"-passages", "") })
	_, err = elastic.Open(t.Context(), zap.NewNop(), cfg)
	checkError(t, err, cfg.Prefix+"-passages")
}

// TestProbe asks the real server, and one that is not there, without making anything.
func TestProbe(t *testing.T) {
	got, err := elastic.Probe(t.Context(), zap.NewNop(), elastic.Config{URLs: []string{serverURL(t)}, Retries: -1})
	if err != nil || !strings.HasPrefix(got.Version, "8.") && !strings.HasPrefix(got.Version, "9.") || got.Nodes < 1 || got.Cluster == "" {
		t.Errorf("got %+v, %v", got, err)
	}
	_, err = elastic.Probe(t.Context(), zap.NewNop(), elastic.Config{URLs: []string{"http://127.0.0.1:1"}, Retries: -1})
	checkError(t, err, "unreachable at http://127.0.0.1:1")
}
