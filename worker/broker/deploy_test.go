package broker

import (
	"os"
	"runtime/debug"
	"strings"
	"testing"

	"github.com/nats-io/nats-server/v2/server"
	"go.yaml.in/yaml/v3"
)

// TestDeployedConfig reads the configuration of the compose file's server as that server does.
func TestDeployedConfig(t *testing.T) {
	opts, err := server.ProcessConfigFile("../../deploy/nats.conf")
	if err != nil {
		t.Fatal(err)
	}
	if !opts.JetStream || !opts.SyncAlways || opts.StoreDir != "/data" || opts.HTTPPort != 8222 {
		t.Errorf("got JetStream %t, sync always %t, folder %s, monitoring on %d", opts.JetStream, opts.SyncAlways, opts.StoreDir, opts.HTTPPort)
	}
}

// TestCompose holds that what asks for no password listens on this machine only, and that the server is the release embedded
// here.
func TestCompose(t *testing.T) {
	data, err := os.ReadFile("../../docker-compose.yml")
	if err != nil {
		t.Fatal(err)
	}
	var compose struct {
		Services map[string]struct {
			Image string
			Ports []string
		}
	}
	if err := yaml.Unmarshal(data, &compose); err != nil {
		t.Fatal(err)
	}
	ports := 0
	for name, s := range compose.Services {
		for _, p := range s.Ports {
			ports++
			if !strings.HasPrefix(p, "127.0.0.1:") {
				t.Errorf("%s: port %s is open to other machines", name, p)
			}
		}
	}
	if ports == 0 {
		t.Error("no ports are read from the compose file")
	}
	if got, want := compose.Services["nats"].Image, "nats:"+embeddedRelease(t)+"-alpine"; got != want {
		t.Errorf("got image %s, want %s", got, want)
	}
}

func embeddedRelease(t *testing.T) string {
	t.Helper()
	info, ok := debug.ReadBuildInfo()
	if !ok {
		t.Fatal("no build information")
	}
	for _, m := range info.Deps {
		if m.Path == "github.com/nats-io/nats-server/v2" {
			return strings.TrimPrefix(m.Version, "v")
		}
	}
	return server.VERSION
}
