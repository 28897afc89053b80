package elastic

import (
	"context"
	"fmt"
	"net/http"

	"go.uber.org/zap"
)

// A Server is what Probe learned about an Elasticsearch.
type Server struct {
	Version string `json:"version"`
	Cluster string `json:"cluster"`
	Status  string `json:"status"` // green, yellow (replicas missing) or red (data missing)
	Nodes   int    `json:"nodes"`
}

// Probe asks a server who and how it is. Unlike Open it makes nothing there, and takes any version that answers.
func Probe(ctx context.Context, lg *zap.Logger, cfg Config) (Server, error) {
	s, err := newStore(lg, cfg)
	if err != nil {
		return Server{}, fmt.Errorf("probe elasticsearch: %w", err)
	}
	defer s.Close()
	var info struct {
		Version struct {
			Number string `json:"number"`
		} `json:"version"`
	}
	var health struct {
		Cluster string `json:"cluster_name"`
		Status  string `json:"status"`
		Nodes   int    `json:"number_of_nodes"`
	}
	if err := s.request(ctx, http.MethodGet, "/", nil, &info); err != nil {
		return Server{}, fmt.Errorf("probe elasticsearch: %w", err)
	}
	if err := s.request(ctx, http.MethodGet, "/_cluster/health", nil, &health); err != nil {
		return Server{}, fmt.Errorf("probe elasticsearch: %w", err)
	}
	return Server{Version: info.Version.Number, Cluster: health.Cluster, Status: health.Status, Nodes: health.Nodes}, nil
}
