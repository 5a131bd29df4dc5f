// kindnet stands in for kind's own network daemon, whose source no Go module serves.
//
// On its node it writes the CNI configuration (a veth pair for each pod, addresses from the node's podCIDR, host
// ports), and keeps a route to the podCIDR of every other node. It enforces no NetworkPolicy.
package main

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/vishvananda/netlink"
)

const (
	serviceAccount = "/var/run/secrets/kubernetes.io/serviceaccount/"
	configuration  = "/etc/cni/net.d/10-kindnet.conflist"
	template       = `{
  "cniVersion": "0.3.1",
  "name": "kindnet",
  "plugins": [
    {
      "type": "ptp",
      "ipMasq": true,
      "ipam": {
        "type": "host-local",
        "dataDir": "/run/cni-ipam-state",
        "routes": [{"dst": "0.0.0.0/0"}],
        "ranges": [[{"subnet": %q}]]
      }
    },
    {"type": "portmap", "capabilities": {"portMappings": true}}
  ]
}
`
)

type node struct {
	Metadata struct{ Name string }
	Spec     struct{ PodCIDR string }
	Status   struct {
		Addresses []struct{ Type, Address string }
	}
}

func main() {
	authority, err := os.ReadFile(serviceAccount + "ca.crt")
	if err != nil {
		log.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(authority)
	client := &http.Client{
		Timeout:   10 * time.Second,
		Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}},
	}
	url := "https://" + endpoint() + "/api/v1/nodes"
	hostIP, written := os.Getenv("HOST_IP"), ""
	for {
		pause := 500 * time.Millisecond
		if nodes, err := list(client, url); err != nil {
			log.Print(err)
		} else if written, err = sync(nodes, hostIP, written); err != nil {
			log.Print(err)
		}
		if written != "" {
			pause = 3 * time.Second // a node that joins is reached this late
		}
		time.Sleep(pause)
	}
}

// endpoint prefers the address that kind passes: kube-proxy may not have programmed the Service's yet.
func endpoint() string {
	if direct := os.Getenv("CONTROL_PLANE_ENDPOINT"); direct != "" {
		return direct
	}
	return net.JoinHostPort(os.Getenv("KUBERNETES_SERVICE_HOST"), os.Getenv("KUBERNETES_SERVICE_PORT"))
}

func list(client *http.Client, url string) ([]node, error) {
	token, err := os.ReadFile(serviceAccount + "token")
	if err != nil {
		return nil, err
	}
	request, err := http.NewRequest(http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	request.Header.Set("Authorization", "Bearer "+string(token))
	request.Header.Set("Accept", "application/json")
	response, err := client.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("listing nodes: %s", response.Status)
	}
	var answer struct{ Items []node }
	return answer.Items, json.NewDecoder(response.Body).Decode(&answer)
}

// sync returns the podCIDR that the CNI configuration holds afterwards.
func sync(nodes []node, hostIP, written string) (string, error) {
	for _, n := range nodes {
		address := internalIP(n)
		if address == "" || n.Spec.PodCIDR == "" {
			continue
		}
		if address != hostIP {
			route(n.Spec.PodCIDR, address)
			continue
		}
		if written == n.Spec.PodCIDR {
			continue
		}
		if err := write(n.Spec.PodCIDR); err != nil {
			return written, err
		}
		written = n.Spec.PodCIDR
		log.Printf("node %s: CNI configuration for %s", n.Metadata.Name, written)
	}
	return written, nil
}

func internalIP(n node) string {
	for _, address := range n.Status.Addresses {
		if address.Type == "InternalIP" {
			return address.Address
		}
	}
	return ""
}

func write(podCIDR string) error {
	partial := configuration + ".partial"
	if err := os.WriteFile(partial, fmt.Appendf(nil, template, podCIDR), 0o644); err != nil {
		return err
	}
	return os.Rename(partial, configuration)
}

func route(podCIDR, gateway string) {
	_, destination, err := net.ParseCIDR(podCIDR)
	if err == nil {
		err = netlink.RouteReplace(&netlink.Route{Dst: destination, Gw: net.ParseIP(gateway)})
	}
	if err != nil {
		log.Printf("route to %s by %s: %v", podCIDR, gateway, err)
	}
}
